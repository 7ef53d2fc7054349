import { afterAll, beforeAll, vi } from 'vitest'
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './index.ts'

/**
 * One control plane for all tests of a file: started before the first, stopped after the last. Gives it to a test that
 * asks. A test of the file may take a minute. Tests keep out of each other's way by a namespace each (`createNamespace()`).
 */
export function sharedControlPlane(options: ControlPlaneOptions = {}): () => ControlPlane {
  let controlPlane: ControlPlane | undefined
  // Far more than anything takes, for machines on which other tests do the same at the same time.
  vi.setConfig({ testTimeout: 60_000 })
  beforeAll(async () => {
    controlPlane = await startControlPlane(options)
  }, 120_000)
  afterAll(() => controlPlane?.stop(), 30_000)
  return () => {
    if (controlPlane === undefined) throw new Error('The control plane runs only while tests do, not before.')
    return controlPlane
  }
}
