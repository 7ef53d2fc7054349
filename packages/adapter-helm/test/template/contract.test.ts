import { describeRenderer } from '@mooring/core/testing'
import { describe, test } from 'vitest'
import { helmTemplate } from '../../src/index.ts'
import { demoChart } from '../charts.ts'
import { realHelm } from './render.ts'

const options = { releaseName: 'rel', namespace: 'shop', values: [{ file: 'prod.yaml' }] }

describeRenderer({
  describe,
  test,
  make: async () => {
    const helm = await realHelm()
    return {
      renderer: helmTemplate({ ...options, helm }),
      again: async () => helmTemplate({ ...options, helm }),
      files: demoChart('shop', { 'prod.yaml': 'greeting: good day\n' }),
      path: 'shop',
      changed: { 'shop/prod.yaml': 'greeting: good evening\n' },
      broken: { 'shop/templates/broken.yaml': '{{ .Values.greeting.text }}\n' },
      empty: { 'shop/Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.2.3\n', 'shop/prod.yaml': '' },
      facts: { digest: '1', kubernetesVersion: 'v1.36.3', apiVersions: ['apps/v1'] },
      close: async () => {},
    }
  },
})
