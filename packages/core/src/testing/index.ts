export {
  describeRenderer,
  type RendererHarness,
  type RendererSuite,
} from './describe-renderer.ts'
export { describeSource, type SourceHarness, type SourceSuite } from './describe-source.ts'
export { describeStore, type StoreFiles, type StoreHarness, type StoreSuite } from './describe-store.ts'
export { describeTarget, type TargetHarness, type TargetSuite } from './describe-target.ts'
export type { FaultInjection, FaultOptions } from './faults.ts'
export type { FileChange, FileChanges, FileContent } from './memory-source/file-tree.ts'
export {
  type CommitDetails,
  type MemorySource,
  type MemorySourceMethod,
  type MemorySourceOptions,
  memorySource,
} from './memory-source/memory-source.ts'
export type { LiveResource, MemoryLive } from './memory-target/memory-live.ts'
export type { MemoryManifest } from './memory-target/memory-manifest.ts'
export {
  type MemoryTarget,
  type MemoryTargetMethod,
  type MemoryTargetOptions,
  memoryTarget,
} from './memory-target/memory-target.ts'
export { type SimulatedClock, simulatedClock } from './simulated-clock.ts'
export { runStoreProcess, type StoreWork } from './store-process.ts'
export type { Runner, RunningTest } from './suite.ts'
export { type TestCallOptions, testCall } from './test-call.ts'
