/** Whose signatures are trusted. A key on no list is trusted for nothing. */
export interface TrustedKeys {
  /**
   * SSH keys, one on each line, as the text of one file or of several. A line is either one of Git's
   * `gpg.ssh.allowedSignersFile` (`ada@example.com namespaces="git" valid-before="20270101Z" ssh-ed25519 AAAA…`, see
   * ssh-keygen(1), ALLOWED SIGNERS), whose principals become the signer; or a public key alone, as in `id_ed25519.pub`,
   * whose comment does. Ed25519, ECDSA, RSA of 2048 bits or more, and the security token forms of the first two. Lines with
   * `cert-authority`, and anything that is not understood, are refused: a list that is silently shorter than it looks
   * would only be noticed when it matters.
   */
  readonly ssh?: string | readonly string[]
  /**
   * Armoured OpenPGP public keys, one or several in each text. Needs the package `openpgp` beside this one, which is loaded
   * at the first signature: without it that is `OPENPGP_MISSING`.
   */
  readonly openpgp?: string | readonly string[]
}

/** The texts of one kind of keys. */
export const textsOf = (texts: string | readonly string[] | undefined): readonly string[] =>
  typeof texts === 'string' ? [texts] : (texts ?? [])
