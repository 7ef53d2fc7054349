import { jsonRenderer, MooringError, type Renderer } from '@mooring/core'
import type { MemoryManifest } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { world } from './world.ts'

describe('a pass', () => {
  test('comes again within a day although the target asks to be left alone for decades', async () => {
    const { engine, clock, target, start } = world()
    const tooMany = { code: 'TOO_MANY', kind: 'transient', message: 'slow down' } as const
    target.failNext('observe', new MooringError({ ...tooMany, retryAfterMs: 1_767_225_600_000 }))
    await start()
    await clock.advance(86_400_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    await engine.stop()
  })

  test('tells the revision that came during a failed pass as its reason', async () => {
    const { engine, clock, source, target, told, start } = world({ sync: { readTimeoutMs: 60_000 } })
    await start()
    target.hangNext('observe')
    target.live.edit('a', { size: 1 })
    await clock.advance(1)
    source.commit({ elsewhere: '1' })
    await clock.advance(10_000)
    told.length = 0
    await clock.advance(60_000)
    expect(told.find((event) => event.type === 'pass.started')).toMatchObject({ trigger: 'revision' })
    await engine.stop()
  })

  test('renders a manifest that waits at a distance, not every few seconds', async () => {
    const json = jsonRenderer<MemoryManifest>()
    let renders = 0
    const counting: Renderer<MemoryManifest> = {
      ...json,
      render: (input, options) => {
        renders += 1
        return json.render(input, options)
      },
    }
    const { engine, clock, start } = world({
      manifests: [{ id: 'a' }, { id: 'later', waitsFor: 'nobody' }],
      sync: { deadlineMs: 60_000 },
      renderer: counting,
    })
    await start()
    await clock.advance(120_000)
    renders = 0
    await clock.advance(3_600_000)
    expect(renders).toBeLessThan(200)
    await engine.stop()
  })
})
