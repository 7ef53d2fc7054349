import type { Json } from '@mooring/core'
import { isMapping } from './unroll-list.ts'

/**
 * Whether a document was encrypted by SOPS: it leaves its own record (`sops` with `mac` and `lastmodified`) and values
 * that begin `ENC[AES256_GCM,` (getsops/sops, stores and aes/cipher.go).
 */
export function isEncrypted(value: Json): boolean {
  if (typeof value === 'string') return value.startsWith('ENC[AES256_GCM,')
  if (typeof value !== 'object' || value === null) return false
  return hasRecord(value) || Object.values(value).some(isEncrypted)
}

function hasRecord(value: Json): boolean {
  if (!isMapping(value) || !isMapping(value.sops)) return false
  return value.sops.mac !== undefined || value.sops.lastmodified !== undefined
}
