const maxLength = 200

/**
 * What a server says, fit for a message: one line without control characters, at most 200 characters, and with stars
 * in place of any of the secrets, because a server may repeat what it was sent.
 */
export function printable(text: string, secrets: readonly string[] = []): string {
  let clean = text
  for (const secret of secrets) if (secret.length > 0) clean = clean.replaceAll(secret, '***')
  clean = clean.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]+/gu, ' ').trim()
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean
}
