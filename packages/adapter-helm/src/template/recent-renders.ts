import type { KubernetesObject } from '@mooring/adapter-kubernetes'
import type { Rendered } from '@mooring/core'

/** The last answers of one renderer. */
export interface RecentRenders {
  /** The answer of this name again, or a new one. Each caller gets objects of its own. */
  readonly of: (
    name: string,
    render: () => Promise<Rendered<KubernetesObject>>,
  ) => Promise<Rendered<KubernetesObject>>
}

/** How many answers are kept: the current one, and the one that a rollback goes to. */
const most = 2
/** Characters of one answer. What is longer is rendered again. */
const longest = 8_388_608

/** Keeps answers as text, so that nobody changes them. */
export function recentRenders(): RecentRenders {
  const kept = new Map<string, string>()
  return {
    of: async (name, render) => {
      const text = kept.get(name)
      if (text !== undefined) {
        kept.delete(name)
        kept.set(name, text)
        return JSON.parse(text) as Rendered<KubernetesObject>
      }
      const rendered = await render()
      const made = JSON.stringify(rendered)
      if (made.length <= longest) kept.set(name, made)
      for (const [oldest] of kept) {
        if (kept.size <= most) break
        kept.delete(oldest)
      }
      return rendered
    },
  }
}
