import { classify } from '../errors/classify.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Rendered, Renderer, RenderInput } from '../ports/renderer.ts'
import { bounded } from './bounded.ts'

/** Renders with an end: classified errors, a deadline, an answer that makes sense. */
export async function renderGuarded<Manifest>(
  renderer: Renderer<Manifest>,
  input: RenderInput,
  limits: { readonly clock: Clock; readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Rendered<Manifest>> {
  const onTimeout = (): MooringError =>
    new MooringError({
      code: 'RENDER_TIMEOUT',
      kind: 'transient',
      message: `Renderer ${renderer.name} did not finish ${input.path || 'the root'} within ${limits.timeoutMs} ms`,
      hint: 'Render less at once, or raise sync.readTimeoutMs.',
    })
  let rendered: Rendered<Manifest>
  try {
    rendered = await bounded({ ...limits, onTimeout }, (signal) => renderer.render(input, { signal })).result
  } catch (thrown) {
    if (limits.signal.aborted) throw limits.signal.reason
    throw classify(thrown, 'RENDER_FAILED', `Renderer ${renderer.name} failed on ${input.path || 'the root'}`)
  }
  const expected = expectRendered(rendered)
  if (expected === undefined) return rendered
  throw new MooringError({
    code: 'RENDER_INVALID_ANSWER',
    kind: 'permanent',
    message: `Renderer ${renderer.name} broke its contract: expected ${expected}`,
    hint: 'This is a mistake in the renderer. Run its contract suite, describeRenderer, from @mooring/core/testing.',
  })
}

function expectRendered<Manifest>(answer: Rendered<Manifest>): string | undefined {
  if (!Array.isArray(answer?.manifests)) return 'an array of manifests'
  // By index, because a hole in an array is passed over by most ways to look at one.
  const bad = answer.manifests.findIndex((located) => located?.manifest === undefined)
  if (bad !== -1) return `{ manifest, origin? } at place ${bad} of its manifests`
  const { inputs = [], skipped = [] } = answer
  if (!Array.isArray(inputs) || inputs.some((path) => typeof path !== 'string')) return 'paths as inputs'
  const areTold = Array.isArray(skipped) && skipped.every((one) => typeof one?.label === 'string')
  if (!areTold) return 'a label and a reason for everything that is skipped'
  return undefined
}
