import { describe, expect, test } from 'vitest'
import { renderGuarded } from '../../src/adapters/guarded-renderer.ts'
import { MooringError } from '../../src/errors/mooring-error.ts'
import type { Renderer, RenderInput } from '../../src/ports/renderer.ts'
import { simulatedClock } from '../../src/testing/index.ts'

const input = { snapshot: {}, path: 'apps/shop' } as unknown as RenderInput

function render(
  over: (signal: AbortSignal) => unknown,
  signal = new AbortController().signal,
  path = input.path,
) {
  const clock = simulatedClock()
  const renderer: Renderer<unknown> = {
    name: 'kustomize',
    digest: '1',
    render: (_, options) => over(options.signal) as never,
  }
  return { clock, result: renderGuarded(renderer, { ...input, path }, { clock, signal, timeoutMs: 1_000 }) }
}

describe('a renderer that answers nonsense', () => {
  test.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a text', '[]'],
    ['a bare list', []],
    ['no manifests', {}],
    ['manifests that are no list', { manifests: {} }],
    ['manifests in a set', { manifests: new Set() }],
    ['a manifest that is undefined', { manifests: [undefined] }],
    ['a manifest that is null', { manifests: [null] }],
    ['a hole among manifests', { manifests: Array(1) }],
    ['a bare manifest', { manifests: [{ kind: 'Service' }] }],
    ['an undefined manifest with its place', { manifests: [{ manifest: undefined, origin: { file: 'a' } }] }],
    ['inputs that are no list', { manifests: [], inputs: 'apps' }],
    ['inputs that are no paths', { manifests: [], inputs: ['apps', 7] }],
  ])('%s, is told so', async (_, answer) => {
    await expect(render(async () => answer).result).rejects.toMatchObject({
      code: 'RENDER_INVALID_ANSWER',
      kind: 'permanent',
      message: expect.stringMatching(/^Renderer kustomize broke its contract: expected /),
    })
  })
})

test.each<readonly [string, unknown]>([
  ['of nothing', { manifests: [] }],
  [
    'with places and inputs',
    { manifests: [{ manifest: { a: 1 }, origin: { file: 'a.yaml' } }], inputs: ['', 'apps'] },
  ],
  ['of manifests that are null, for the target to judge', { manifests: [{ manifest: null }] }],
])('a sensible answer %s is passed on as it is', async (_, answer) => {
  expect(await render(async () => answer).result).toBe(answer)
})

test('a renderer that never answers is given up in time', async () => {
  const { clock, result } = render(() => new Promise(() => {}))
  const failing = expect(result).rejects.toMatchObject({
    code: 'RENDER_TIMEOUT',
    kind: 'transient',
    message: 'Renderer kustomize did not finish apps/shop within 1000 ms',
  })
  await clock.advance(1_000)
  await failing
})

test.each([
  ['an error', new Error('bad YAML'), 'bad YAML'],
  ['a text', 'bad YAML', 'bad YAML'],
  ['undefined', undefined, 'threw undefined'],
  ['null', null, 'threw null'],
])('a renderer that throws %s fails with a transient error that says where', async (_, thrown, text) => {
  const fail = (): never => {
    throw thrown as Error
  }
  for (const failing of [fail, async () => fail()]) {
    await expect(render(failing).result).rejects.toMatchObject({
      code: 'RENDER_FAILED',
      kind: 'transient',
      message: `Renderer kustomize failed on apps/shop: ${text}`,
    })
  }
})

test('the root has a name in messages', async () => {
  const failing = () => Promise.reject(new Error('x'))
  await expect(render(failing, undefined, '').result).rejects.toThrow(
    'Renderer kustomize failed on the root: x',
  )
})

test('a renderer that throws a Mooring error is taken at its word', async () => {
  const error = new MooringError({ code: 'INVALID_JSON', kind: 'permanent', message: 'a.json' })
  await expect(render(() => Promise.reject(error)).result).rejects.toBe(error)
})

test('an abort passes through with the caller’s reason', async () => {
  const stopping = new AbortController()
  const { result } = render(() => new Promise(() => {}), stopping.signal)
  stopping.abort('stop')
  await expect(result).rejects.toBe('stop')
})
