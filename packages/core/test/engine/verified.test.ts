import { describe, expect, test } from 'vitest'
import { filesOf, without, world } from './world.ts'

const verified = { outcome: 'verified', signer: 'ada' } as const

/** An application that takes verified revisions only, with a first one that is. */
async function signed() {
  const made = world({ sync: { verified: 'required', intervalMs: 60_000 } })
  const first = (await made.source.resolve({ signal: new AbortController().signal })).revision
  made.source.verify(first.id, verified)
  await made.start()
  return made
}

describe('a revision that is not verified', () => {
  test.each([
    [undefined, 'nobody looked'],
    [{ outcome: 'unsigned' }, 'unsigned'],
    [
      { outcome: 'untrusted', signer: 'key 1234', reason: 'not in the list' },
      'untrusted, signed by key 1234 (not in the list)',
    ],
    [{ outcome: 'invalid', reason: 'bad bytes' }, 'invalid (bad bytes)'],
  ] as const)('is held, whatever is known of it: %j', async (verification, expected) => {
    const { engine, clock, source, target } = await signed()
    source.commit(
      { ...filesOf({ id: 'a', image: '2' }, { id: 'c' }), ...without({ id: 'b' }) },
      verification && { verification },
    )
    await clock.advance(11_000)
    const { holds, desired } = await engine.status('shop')
    expect(holds).toMatchObject([{ code: 'UNVERIFIED_REVISION', guard: 'verified-revision' }])
    expect(holds[0]?.message).toContain(expected)
    expect(desired?.verification).toEqual(verification)
    expect(target.live.list()).toEqual(['a', 'b'])
    await engine.stop()
  })

  test('leaves what ran before in force: all of it is healed to what it was', async () => {
    const { engine, clock, source, target } = await signed()
    source.commit({ ...filesOf({ id: 'a', image: '2' }), ...without({ id: 'b' }) })
    await clock.advance(11_000)
    target.live.edit('a', { image: 'edited' })
    target.live.remove('b')
    await clock.advance(120_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    expect(target.live.list()).toEqual(['a', 'b'])
    await engine.stop()
  })

  test('is let go at once when its key has come to be trusted', async () => {
    const { engine, clock, source, target } = await signed()
    const { id } = source.commit(filesOf({ id: 'a', image: '2' }))
    await clock.advance(11_000)
    source.verify(id, verified)
    engine.refresh()
    await clock.advance(100)
    expect(target.live.get('a')?.manifest).toMatchObject({ image: '2' })
    expect((await engine.status('shop')).desired?.verification).toEqual(verified)
    await engine.stop()
  })

  test('is let by no approval, nor by a person who asks', async () => {
    const { engine, clock, source, target } = await signed()
    source.commit(filesOf({ id: 'a', image: '2' }))
    await clock.advance(11_000)
    await engine.approve((await engine.plan('shop')).id, { actor: 'grace' })
    const asked = engine.sync('shop', { actor: 'ada' })
    await clock.advance(1_000)
    expect(await asked).toMatchObject({ outcome: 'held' })
    expect(target.live.get('a')?.manifest).not.toMatchObject({ image: '2' })
    await engine.stop()
  })
})
