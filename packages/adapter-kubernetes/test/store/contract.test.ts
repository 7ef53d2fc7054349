import { describeStore } from '@mooring/core/testing'
import { describe, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { storeLimits } from '../../src/store/store-limits.ts'
import { storeScene, tinyLimits } from './store-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })

describe.each([
  ['with the usual limits', storeLimits],
  ['where everything is split', tinyLimits],
])('%s', (_name, limits) => {
  describeStore({
    describe,
    test,
    async make() {
      const scene = await storeScene(controlPlane())
      return {
        store: scene.store({ limits }),
        reopen: async () => scene.store({ limits }),
        close: scene.close,
      }
    },
  })
})
