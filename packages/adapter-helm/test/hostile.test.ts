import { readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chartArchive } from './archives.ts'
import { configMap, demoChart, failureOf, snapshotWithKind } from './charts.ts'
import { realHelm, render, valuesIn } from './template/render.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'helm-hostile-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a chart in a repository', () => {
  test.each(['link', 'submodule'] as const)('with a %s is refused before Helm sees it', async (kind) => {
    const files = demoChart('app', {
      pw: '/etc/passwd',
      'templates/web.yaml': configMap('web', '{{ .Files.Get "pw" }}'),
    })
    const error = await failureOf(render(await snapshotWithKind(files, 'app/pw', kind), { path: 'app' }))
    expect(error).toMatchObject({ code: 'CHART_INVALID', kind: 'permanent' })
    expect(error.message).toContain('pw')
  })

  test('reads no file of the machine', async () => {
    const read = '{{ .Files.Get "../../../../../../etc/hostname" }}{{ .Files.Get "/etc/hostname" }}'
    const files = demoChart('', { 'templates/web.yaml': configMap('web', `"${read}"`) })
    expect(valuesIn(await render(files))).toEqual({ web: '' })
  })

  test('reads nothing of the environment', async () => {
    const files = demoChart('', { 'templates/web.yaml': configMap('web', '{{ env "PATH" | quote }}') })
    expect(await failureOf(render(files))).toMatchObject({ code: 'HELM_TEMPLATE_FAILED' })
  })

  test('brings no plugin and no post-renderer along', async () => {
    const mark = join(folder, 'plugin-ran')
    const plugin = `name: evil\nversion: 1.0.0\ncommand: touch ${mark}\nhooks:\n  install: touch ${mark}\n`
    const files = demoChart('', {
      'plugin.yaml': plugin,
      'plugins/evil/plugin.yaml': plugin,
      '.helm/plugins/evil/plugin.yaml': plugin,
      'values.yaml': 'greeting: a\npostRenderer: touch\n',
    })
    expect(valuesIn(await render(files))).toEqual({ 'rel-web': 'a' })
    expect(readdirSync(folder)).not.toContain('plugin-ran')
  })

  test('from a path outside the repository is refused', async () => {
    expect(
      await failureOf(render(demoChart('app'), { path: 'app', chart: { path: '../../demo' } })),
    ).toMatchObject({
      code: 'CHART_INVALID',
    })
  })

  test('that needs itself without end is refused', async () => {
    const chartYaml =
      'apiVersion: v2\nname: demo\nversion: 1.2.3\ndependencies:\n- {name: other, version: "1", repository: "file://../app"}\n'
    const error = await failureOf(render(demoChart('app', { 'Chart.yaml': chartYaml }), { path: 'app' }))
    expect(error).toMatchObject({ code: 'CHART_INVALID' })
    expect(error.message).toContain('without end')
  })

  test('with a bomb among its archives is refused', async () => {
    const bomb = chartArchive('bomb', {
      'Chart.yaml': 'name: bomb\nversion: 1.0.0\n',
      big: Buffer.alloc(21_000_000),
    })
    const error = await failureOf(render(demoChart('', { 'charts/bomb-1.0.0.tgz': bomb })))
    expect(error).toMatchObject({ code: 'CHART_INVALID' })
    expect(error.message).toContain('a file of more than 20 MiB in charts/bomb-1.0.0.tgz')
  })

  test('whose own values are aliases of aliases ends in an error', async () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
    for (let at = 1; at < 10; at++)
      lines.push(
        `a${at}: &a${at} [${Array(10)
          .fill(`*a${at - 1}`)
          .join(',')}]`,
      )
    const files = demoChart('', { 'values.yaml': lines.join('\n') })
    const error = await failureOf(render(files))
    expect(['HELM_TEMPLATE_FAILED', 'HELM_LIMIT_EXCEEDED']).toContain(error.code)
  })
})

describe('limits', () => {
  const endless = demoChart('', {
    'templates/web.yaml':
      '{{ range until 100000 }}{{ range until 100000 }}{{ $x := add . 1 }}{{ end }}{{ end }}',
  })
  const talkative = (times: number) =>
    demoChart('', {
      'templates/web.yaml': `{{ range until ${times} }}---\n${configMap('web-{{ . }}', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')}{{ end }}`,
    })

  test('a template without end is ended', async () => {
    const helm = await realHelm({ timeoutMs: 1000 })
    const error = await failureOf(render(endless, { helm }))
    expect(error).toMatchObject({ code: 'HELM_LIMIT_EXCEEDED', kind: 'transient' })
    expect(error.message).toContain('end within 1000 ms')
  })

  test('output without measure is ended', async () => {
    const helm = await realHelm({ outputBytes: 1_048_576 })
    const error = await failureOf(render(talkative(10000), { helm }))
    expect(error).toMatchObject({ code: 'HELM_LIMIT_EXCEEDED', kind: 'permanent' })
    expect(error.message).toContain('print at most 1 MiB')
  })

  test.runIf(process.platform === 'linux')('memory without measure is ended', async () => {
    const helm = await realHelm({ memoryBytes: 100 * 1_048_576 })
    const error = await failureOf(render(talkative(200_000), { helm }))
    expect(error).toMatchObject({ code: 'HELM_LIMIT_EXCEEDED', kind: 'permanent' })
    expect(error.message).toContain('hold at most 100 MiB')
  })

  test('nothing of a run is left', async () => {
    const own = await mkdtemp(join(folder, 'runs-'))
    const helm = await realHelm({ folder: own, timeoutMs: 2000 })
    await render(demoChart(), { helm })
    await failureOf(render(endless, { helm }))
    expect(readdirSync(own)).toEqual([])
  })
})

describe('secrets', () => {
  test('values are in no argument, no environment and no file', async () => {
    const seen = join(folder, 'seen')
    const path = join(folder, 'spy')
    // Notes all that others could see, then runs the real Helm.
    const real = await (await import('../../../tools/parts/helm.ts')).helmPath()
    await writeFile(
      path,
      `#!/bin/sh\n{ echo "$@"; env; cat -- .helm/* chart/* 2>/dev/null; } >> ${seen}\nexec ${real} "$@"\n`,
      {
        mode: 0o755,
      },
    )
    const helm = await realHelm({ path })
    const values = [{ inline: { greeting: 'hunter2hunter2' } }]
    expect(valuesIn(await render(demoChart(), { helm, values }))).toEqual({ 'rel-web': 'hunter2hunter2' })
    const { readFile } = await import('node:fs/promises')
    const noted = await readFile(seen, 'utf8')
    expect(noted).toContain('template rel ./chart')
    expect(noted).not.toContain('hunter2')
  })
})
