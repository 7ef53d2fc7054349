import { describe, test } from 'vitest'
import { describeRenderer, describeSource, describeTarget } from '../../src/testing/index.ts'
import { rendererHarness, sourceHarness, targetHarness } from './memory-harnesses.ts'

describeTarget({ describe, test, make: targetHarness })

describe('without marks, uids and versions', () => {
  const supports = { marks: false, uids: false, versions: false }
  describeTarget({ describe, test, make: () => targetHarness({ supports }) })
})

describeSource({ describe, test, make: sourceHarness })

describeRenderer({ describe, test, make: rendererHarness })
