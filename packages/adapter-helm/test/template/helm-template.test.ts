import { describe, expect, test } from 'vitest'
import { helmTemplate } from '../../src/index.ts'
import { chartArchive } from '../archives.ts'
import { configMap, demoChart, failureOf, snapshotOf } from '../charts.ts'
import { realHelm, render, valuesIn } from './render.ts'

const annotated = (name: string, hook: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  annotations:\n    helm.sh/hook: ${hook}\n`

describe('what is rendered', () => {
  test('manifests know the template they come from', async () => {
    const { manifests } = await render(demoChart('charts/demo'), { path: 'charts/demo' })
    expect(manifests).toEqual([
      {
        manifest: expect.objectContaining({ kind: 'ConfigMap', metadata: { name: 'rel-web' } }),
        origin: { file: 'charts/demo/templates/web.yaml' },
      },
    ])
  })

  test('the chart may stand elsewhere in the repository', async () => {
    const files = { ...demoChart('base/demo'), 'apps/shop/values.yaml': 'greeting: from the app\n' }
    const options = {
      path: 'apps/shop',
      chart: { path: '../../base/demo' },
      values: [{ file: 'values.yaml' }],
    }
    expect(valuesIn(await render(files, options))).toEqual({ 'rel-web': 'from the app' })
    const absolute = { ...options, chart: { path: '/base/demo' } }
    expect(valuesIn(await render(files, absolute))).toEqual({ 'rel-web': 'from the app' })
  })

  test('release, namespace and versions reach the templates', async () => {
    const told = '{{ .Release.Name }} {{ .Release.Namespace }} {{ .Capabilities.KubeVersion }}'
    const has = '{{ .Capabilities.APIVersions.Has "example.com/v1" }}'
    const files = demoChart('', { 'templates/web.yaml': configMap('told', `${told} ${has}`) })
    const facts = { digest: '1', kubernetesVersion: 'v1.31.7', apiVersions: ['v1', 'example.com/v1'] }
    expect(valuesIn(await render(files, { facts }))).toEqual({ told: 'rel shop v1.31.7 true' })
    expect(valuesIn(await render(files, { facts, kubernetesVersion: '1.30.0', apiVersions: [] }))).toEqual({
      told: 'rel shop v1.30.0 false',
    })
  })

  test('definitions are rendered unless they are left out', async () => {
    const files = demoChart('', { 'crds/thing.yaml': configMap('definition', 'a') })
    expect(valuesIn(await render(files))).toEqual({ definition: 'a', 'rel-web': 'hello' })
    expect(valuesIn(await render(files, { includeCrds: false }))).toEqual({ 'rel-web': 'hello' })
  })

  test('hooks of a sync are kept; tests and other hooks are skipped by name', async () => {
    const { manifests, skipped } = await render(
      demoChart('', {
        'templates/hooks.yaml': [
          annotated('migrate', 'pre-install,pre-upgrade'),
          annotated('smoke', 'test'),
          annotated('farewell', 'pre-delete'),
        ].join('---\n'),
      }),
    )
    expect(manifests.map(({ manifest }) => manifest.metadata.name)).toEqual(['rel-web', 'migrate'])
    expect(skipped?.map(({ label }) => label).toSorted()).toEqual(['ConfigMap farewell', 'ConfigMap smoke'])
  })

  test('a library chart, tpl and a condition work as with Helm', async () => {
    const files = demoChart('', {
      'Chart.yaml':
        'apiVersion: v2\nname: demo\nversion: 1.2.3\ndependencies:\n- {name: lib, version: 1.0.0}\n- {name: extra, version: 1.0.0, condition: extra.enabled}\n',
      'charts/lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n',
      'charts/lib/templates/_names.tpl': '{{ define "lib.name" }}{{ .Release.Name }}-lib{{ end }}',
      'charts/extra-1.0.0.tgz': chartArchive('extra', {
        'Chart.yaml': 'apiVersion: v2\nname: extra\nversion: 1.0.0\n',
        'templates/extra.yaml': configMap('extra', 'there'),
      }),
      'templates/web.yaml': configMap('{{ include "lib.name" . }}', '{{ tpl .Values.greeting . | quote }}'),
    })
    const inline = { greeting: 'from {{ .Release.Name }}' }
    const off = await render(files, { values: [{ inline: { ...inline, extra: { enabled: false } } }] })
    expect(valuesIn(off)).toEqual({ 'rel-lib': 'from rel' })
    const on = await render(files, { values: [{ inline: { ...inline, extra: { enabled: true } } }] })
    expect(valuesIn(on)).toEqual({ extra: 'there', 'rel-lib': 'from rel' })
    expect(on.manifests.map(({ origin }) => origin?.file)).toEqual([
      'demo/charts/extra/templates/extra.yaml',
      'templates/web.yaml',
    ])
  })

  test('a dependency beside the chart is taken along', async () => {
    const files = {
      ...demoChart('charts/demo', {
        'Chart.yaml':
          'apiVersion: v2\nname: demo\nversion: 1.2.3\ndependencies:\n- {name: common, version: ">=0", repository: "file://../common"}\n',
      }),
      'charts/common/Chart.yaml': 'apiVersion: v2\nname: common\nversion: 1.0.0\n',
      'charts/common/templates/common.yaml': configMap('common', 'one'),
    }
    const options = { path: 'charts/demo' }
    expect(valuesIn(await render(files, options))).toEqual({ common: 'one', 'rel-web': 'hello' })
    const changed = { ...files, 'charts/common/templates/common.yaml': configMap('common', 'two') }
    expect(valuesIn(await render(changed, options))).toMatchObject({ common: 'two' })
  })
})

describe('what costs nothing', () => {
  test('unchanged chart, values and versions start no process', async () => {
    const real = await realHelm()
    const started: string[] = []
    const helm = {
      ...real,
      run: (...args: Parameters<typeof real.run>) => {
        started.push(args[0].title)
        return real.run(...args)
      },
    }
    const renderer = helmTemplate({
      releaseName: 'rel',
      namespace: 'shop',
      helm,
      values: [{ file: 'prod.yaml' }],
    })
    const { signal } = new AbortController()
    const of = async (files: Record<string, string | Uint8Array>) => {
      return renderer.render({ snapshot: await snapshotOf(files), path: 'app' }, { signal })
    }
    const files = demoChart('app', { 'prod.yaml': 'greeting: one\n' })
    const first = await of(files)
    expect(await of({ ...files, 'elsewhere.txt': 'a commit that is not about it' })).toEqual(first)
    expect(started).toEqual(['helm template of chart demo 1.2.3'])
    expect(valuesIn(await of({ ...files, 'app/prod.yaml': 'greeting: two\n' }))).toEqual({ 'rel-web': 'two' })
    expect(await of(files)).toEqual(first)
    expect(started).toHaveLength(2)
  })
})

describe('what is refused', () => {
  test('lookup is refused with its place, unless an empty answer is what is wanted', async () => {
    const files = demoChart('app', {
      'templates/web.yaml': configMap('web', '{{ (lookup "v1" "Secret" "shop" "web") | len | quote }}'),
    })
    const error = await failureOf(render(files, { path: 'app' }))
    expect(error).toMatchObject({ code: 'HELM_LOOKUP', kind: 'permanent' })
    expect(error.message).toContain('app/templates/web.yaml:6')
    expect(valuesIn(await render(files, { path: 'app', lookup: 'empty' }))).toEqual({ web: '0' })
    const inValues = render(demoChart(), {
      values: [{ inline: { greeting: '{{ lookup "v1" "Secret" "" "" }}' } }],
    })
    expect(await failureOf(inValues)).toMatchObject({ code: 'HELM_LOOKUP' })
  })

  test('a chart that makes something up each time is not repeatable', async () => {
    const files = demoChart('', { 'templates/web.yaml': configMap('web', '{{ randAlphaNum 16 | quote }}') })
    const error = await failureOf(render(files))
    expect(error).toMatchObject({ code: 'RENDER_NOT_REPEATABLE', kind: 'permanent' })
    expect(error.message).toContain('randAlphaNum in templates/web.yaml:6')
  })

  test('names that a chart makes up for its tests are nobody’s business', async () => {
    const files = demoChart('', {
      'templates/test.yaml': annotated('smoke-{{ randAlphaNum 5 | lower }}', 'test'),
    })
    expect((await render(files)).manifests).toHaveLength(1)
  })

  test('objects that tell Flux or Argo CD what to do are refused as in plain manifests', async () => {
    const files = demoChart('', {
      'templates/web.yaml': 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\n',
    })
    expect(await failureOf(render(files))).toMatchObject({ code: 'CONTROL_OBJECT' })
    expect((await render(files, { controlObjects: 'apply' })).manifests).toHaveLength(1)
  })

  test.each([
    ['releaseName', { releaseName: '--kubeconfig' }],
    ['namespace', { namespace: 'Shop' }],
    ['chart.version', { chart: { repository: 'https://charts.example.com', name: 'a', version: '^1.0.0' } }],
    ['chart', { chart: { oci: 'oci://ghcr.io/a/b' } }],
    ['chart.oci', { chart: { oci: 'oci://ghcr.io/a/b:1.0.0', version: '1.0.0' } }],
    [
      'chart.repository',
      { chart: { repository: 'https://me:secret@example.com', name: 'a', version: '1.0.0' } },
    ],
    ['values', { values: [{}] }],
  ])('an unusable option %s is refused right away', (option, wrong) => {
    const options = { releaseName: 'rel', namespace: 'shop', ...wrong }
    expect(() => helmTemplate(options as Parameters<typeof helmTemplate>[0])).toThrow(`option ${option} `)
  })
})
