import type { Settings } from '../options/settings.ts'
import { localRepository } from './local-repository.ts'
import type { Repository } from './repository.ts'
import { sharedRepository } from './shared-repository.ts'

/** The repository that settings lead to. No I/O. */
export function repositoryOf(settings: Settings): Repository {
  const { location, limits } = settings
  if (location.kind === 'local') return localRepository(location.folder)
  const { maxObjects, maxInflatedBytes, maxDeltaDepth, maxFileBytes } = limits
  const maxObjectBytes = Math.max(maxFileBytes, largestFolderBytes)
  return sharedRepository({
    location,
    reach: settings.reach,
    timeoutMs: settings.timeoutMs,
    cacheDirectory: settings.cacheDirectory,
    maxBytes: limits.maxResponseBytes,
    maxCacheBytes: limits.maxCacheBytes,
    maxRequestsPerHost: limits.maxRequestsPerHost,
    limits: { maxObjects, maxInflatedBytes, maxObjectBytes, maxDeltaDepth },
  })
}

/** A folder of about 400,000 files. */
const largestFolderBytes = 16 * 1024 * 1024
