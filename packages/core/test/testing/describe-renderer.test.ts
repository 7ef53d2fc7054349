import { describe } from 'vitest'
import { describeRenderer } from '../../src/testing/index.ts'
import { brokenRenderers } from './broken-renderers.ts'
import { rendererHarness } from './memory-harnesses.ts'
import { proveSuite } from './prove.ts'

describe('the renderer contract', () => {
  proveSuite({
    make: rendererHarness,
    suite: (runner, make) => describeRenderer({ ...runner, make }),
    broken: brokenRenderers,
  })
})
