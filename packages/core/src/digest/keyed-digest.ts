import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'

/**
 * Digest under a key (HMAC-SHA-256, base64url without padding, 43 characters): equal content has an equal digest for the
 * life of the key, and without the key a digest of a secret cannot be guessed at.
 */
export function keyedDigest(key: Uint8Array): (content: Uint8Array | string) => string {
  const keyed = hmac.create(sha256, key)
  return (content) =>
    base64url(
      keyed
        .clone()
        .update(typeof content === 'string' ? utf8.encode(content) : content)
        .digest(),
    )
}

const utf8 = new TextEncoder()
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function base64url(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    for (let digit = 0; digit < Math.min(left, 3) + 1; digit++)
      text += alphabet[(group >> (18 - 6 * digit)) & 63]
  }
  return text
}
