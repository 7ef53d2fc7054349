import { MooringError } from '../errors/mooring-error.ts'
import type { Located } from '../model/resource.ts'
import type { Renderer } from '../ports/renderer.ts'

/**
 * Renders every file below the folder whose name ends in `.json`, one manifest each, in the order of their paths. The
 * content is taken as the manifest it should be; the target's `prepare` says what it cannot use.
 *
 * Throws `INVALID_JSON`, which names every file that does not hold a JSON object, and what the snapshot throws.
 *
 * @example
 * ```ts
 * defineApplication({ name: 'notes', source, path: 'notes', renderer: jsonRenderer<Note>(), target: notes(url) })
 * ```
 */
export function jsonRenderer<Manifest extends object>(): Renderer<Manifest> {
  return {
    name: 'json',
    digest: 'json/1',
    async render({ snapshot, path }, { signal }) {
      signal.throwIfAborted()
      const manifests: Located<Manifest>[] = []
      const faults: string[] = []
      for await (const { path: file } of snapshot.list(path, { signal })) {
        if (!file.endsWith('.json')) continue
        const manifest = parse(await snapshot.read(file, { signal }))
        if (typeof manifest === 'string') faults.push(`${file} ${manifest}`)
        else manifests.push({ manifest: manifest as Manifest, origin: { file } })
      }
      if (faults.length > 0) throw invalidJson(faults)
      return { manifests }
    },
  }
}

/** The object a file holds, or what is wrong with it. */
function parse(content: Uint8Array): object | string {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : 'holds no object'
  } catch (thrown) {
    // What a parser says quotes the content, which may be a secret.
    return thrown instanceof SyntaxError ? 'is no JSON' : 'is no UTF-8 text'
  }
}

const invalidJson = (faults: readonly string[]): MooringError =>
  new MooringError({
    code: 'INVALID_JSON',
    kind: 'permanent',
    message: `Expected files that hold one JSON object each, but ${faults.join('; ')}`,
    hint: 'Correct the files named, or move what is no manifest out of the folder.',
  })
