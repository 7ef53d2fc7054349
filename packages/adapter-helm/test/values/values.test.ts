import { describe, expect, test } from 'vitest'
import { mergeValues } from '../../src/values/merge-values.ts'
import { pathFrom } from '../../src/values/path-from.ts'
import { resolveValues } from '../../src/values/resolve-values.ts'
import type { ValuesSource } from '../../src/values/values-source.ts'
import { demoChart, failureOf, snapshotOf } from '../charts.ts'
import { render, valuesIn } from '../template/render.ts'

const { signal } = new AbortController()

const resolve = async (files: Record<string, string>, sources: readonly ValuesSource[], path = 'app') =>
  resolveValues(
    sources,
    { snapshot: await snapshotOf(files), path, facts: { digest: '1', region: 'north' } },
    { signal },
  )

describe('precedence', () => {
  test('later values go before earlier ones, mapping by mapping', () => {
    const under = { a: 1, deep: { x: 1, list: [1, 2] }, gone: { a: 1 } }
    expect(mergeValues(under, { deep: { y: 2, list: [3] }, gone: null })).toEqual({
      a: 1,
      deep: { x: 1, y: 2, list: [3] },
      gone: null,
    })
  })

  test('a field called __proto__ is a field', () => {
    const merged = mergeValues({}, JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"polluted":true}}')
  })

  test('files, inline values and functions are laid over each other in their order', async () => {
    const files = {
      'app/a.yaml': 'one: file\ntwo: file\nthree: file\n',
      'env/prod.yaml': 'two: other mount\n',
    }
    const sources: readonly ValuesSource[] = [
      { file: 'a.yaml' },
      { file: '/env/prod.yaml' },
      { inline: { three: 'inline' } },
      { name: 'region', compute: ({ facts }) => ({ four: String(facts?.region) }) },
    ]
    expect(await resolve(files, sources)).toEqual({
      one: 'file',
      two: 'other mount',
      three: 'inline',
      four: 'north',
    })
  })

  test('a null takes a default of the chart away', async () => {
    const files = demoChart('', {
      'templates/web.yaml': 'a: 1\n{{ if hasKey .Values "greeting" }}apiVersion: v1{{ end }}',
    })
    const template =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {value: '{{ .Values.greeting }}'}\n"
    const without = { ...files, 'templates/web.yaml': template }
    expect(valuesIn(await render(without, { values: [{ inline: { greeting: null } }] }))).toEqual({ web: '' })
  })
})

describe('files', () => {
  test.each([
    ['app', 'values.yaml', 'app/values.yaml'],
    ['app', './a/../values.yaml', 'app/values.yaml'],
    ['app/shop', '../../env/values.yaml', 'env/values.yaml'],
    ['app', '/env/values.yaml', 'env/values.yaml'],
    ['app', '../../etc/passwd', undefined],
    ['', '..', undefined],
  ])('from %s, %s is %s', (folder, file, path) => {
    expect(pathFrom(folder, file)).toBe(path)
  })

  test('a file outside the repository, a missing one and one that is no mapping are refused', async () => {
    expect(await failureOf(resolve({}, [{ file: '../../etc/passwd' }]))).toMatchObject({
      code: 'HELM_VALUES_INVALID',
    })
    expect(await failureOf(resolve({ 'app/b': '' }, [{ file: 'a.yaml' }]))).toMatchObject({
      code: 'HELM_VALUES_INVALID',
      message: 'Expected a mapping of values in app/a.yaml, found no file',
    })
    expect(await resolve({ 'app/b': '' }, [{ file: 'a.yaml', optional: true }])).toEqual({})
    const list = failureOf(resolve({ 'app/a.yaml': '- hunter2\n' }, [{ file: 'a.yaml' }]))
    expect((await list).message).toBe(
      'Expected a mapping of values in app/a.yaml:1, found something else than a mapping',
    )
  })

  test('aliases that stand for a billion values are refused before Helm sees them', async () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
    for (let at = 1; at < 10; at++)
      lines.push(
        `a${at}: &a${at} [${Array(10)
          .fill(`*a${at - 1}`)
          .join(',')}]`,
      )
    const error = await failureOf(resolve({ 'app/a.yaml': lines.join('\n') }, [{ file: 'a.yaml' }]))
    expect(error).toMatchObject({ code: 'HELM_VALUES_INVALID', kind: 'permanent' })
  })

  test('a file is decrypted, and what goes wrong at that is told without its content', async () => {
    const run = async (content: Uint8Array) =>
      Buffer.from(Buffer.from(content).toString().replace('enc', 'dec'))
    const decrypt = { name: 'test', run }
    expect(await resolve({ 'app/a.yaml': 'a: enc' }, [{ file: 'a.yaml', decrypt }])).toEqual({ a: 'dec' })
    const broken = { name: 'test', run: async () => Promise.reject(new Error('hunter2')) }
    const error = await failureOf(resolve({ 'app/a.yaml': 'a: enc' }, [{ file: 'a.yaml', decrypt: broken }]))
    expect(error).toMatchObject({ code: 'DECRYPTION_FAILED', kind: 'transient' })
    expect(error.message).not.toContain('hunter2')
  })
})
