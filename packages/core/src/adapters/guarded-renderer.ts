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
  if (Array.isArray(rendered?.manifests)) return rendered
  throw new MooringError({
    code: 'RENDER_INVALID_ANSWER',
    kind: 'permanent',
    message: `Renderer ${renderer.name} broke its contract: expected an array of manifests`,
    hint: 'This is a mistake in the renderer. Run its contract suite, describeRenderer, from @mooring/core/testing.',
  })
}
