import {
  type MemoryManifest,
  type MemoryTarget,
  type TargetHarness,
  testCall,
} from '../../src/testing/index.ts'
import type { ApplyResult, Call, Change, Desired, MooringError, Observation, ResourceKey, Target } from './model.ts'
import type { Broken } from './prove.ts'

/** The harness of the memory target. */
export type MemoryHarness = TargetHarness<MemoryManifest> & { readonly target: MemoryTarget }

type Faulty = (target: MemoryTarget) => Partial<MemoryTarget>
