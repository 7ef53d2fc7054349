import { defineApplication, type EngineEvent, jsonRenderer, MooringError, type Renderer } from '@mooring/core'
import type { MemoryManifest } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { world } from './world.ts'

const count = (told: readonly EngineEvent[], type: EngineEvent['type']): number =>
  told.filter((event) => event.type === type).length

describe('an operation', () => {
  test('that is atomic and never previews ends, and stands in the history', async () => {
    const { engine, clock, target, told, start } = world({
      sync: { onFailure: 'atomic', deadlineMs: 60_000 },
    })
    const refused = new MooringError({ code: 'REFUSED', kind: 'permanent', message: 'refused' })
    target.failNext('preview', refused, { times: 1_000 })
    await start()
    await clock.advance(3_600_000)
    expect(await engine.history('shop')).toHaveLength(1)
    expect(count(told, 'operation.started')).toBe(count(told, 'operation.finished'))
    expect(target.live.list()).toEqual([])
    await engine.stop()
  })

  test('ends whenever it was started, although its bodies come out anew with each rendering', async () => {
    const json = jsonRenderer<MemoryManifest>()
    let size = 0
    const restless: Renderer<MemoryManifest> = {
      ...json,
      render: async (input, options) => {
        const { manifests } = await json.render(input, options)
        return {
          manifests: manifests.map((located) => ({
            ...located,
            manifest: { ...located.manifest, size: size++ },
          })),
        }
      },
    }
    const { engine, clock, target, told, start, application } = world()
    await start()
    await engine.suspend('shop', { actor: 'ada' })
    engine.replace(
      application().open((parts) => defineApplication({ ...parts, renderer: restless as never })),
    )
    await engine.resume('shop', { actor: 'ada' })
    target.failNext('apply', new Error('connection reset'))
    await clock.advance(600_000)
    expect(count(told, 'operation.started')).toBe(count(told, 'operation.finished'))
    await engine.stop()
  })
})
