import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { testRepository } from '../../../../tools/git-repository/index.ts'
import { type TrustedKeys, verifyCommit, verifyTag } from '../../src/index.ts'
import { sshString } from '../../src/trust/ssh-fields.ts'
import { errorOf, newRepository } from '../scene.ts'
import { commitSigned, gitVerifies, newKey, rawOf, tagSigned, writeObject } from './signing.ts'

const outcomeOf = async (raw: Uint8Array, trusted: TrustedKeys): Promise<string> =>
  (await verifyCommit({ raw, trusted })).outcome

/** A commit signed by Git, as it is stored. */
async function signedByGit(options: Parameters<typeof commitSigned>[1] = {}) {
  const repository = await newRepository()
  const key = options.key ?? (await newKey())
  const id = await commitSigned(repository, { ...options, key })
  return { repository, key, id, raw: await rawOf(repository, id), ssh: `ada ${key.publicKey}` }
}

const edit = (raw: Buffer, from: string, to: string): Buffer => {
  const text = raw.toString('latin1')
  if (!text.includes(from)) throw new Error(`Expected ${from} in the commit`)
  return Buffer.from(
    text.replace(from, () => to),
    'latin1',
  )
}

test('the bytes of a commit are not taken as text', async () => {
  const given = { raw: 'tree 1' as unknown as Uint8Array, trusted: { ssh: '' } }
  expect((await errorOf(verifyCommit(given))).code).toBe('INVALID_OPTION')
  expect((await errorOf(verifyTag(given))).code).toBe('INVALID_OPTION')
})

describe('a commit that Git signed with', () => {
  test.each([
    ['ed25519', undefined],
    ['ecdsa', '256'],
    ['ecdsa', '384'],
    ['ecdsa', '521'],
    ['rsa', '2048'],
    ['rsa', '3072'],
  ])('an SSH key of type %s %s is verified', async (type, bits) => {
    const { raw, key } = await signedByGit({ key: await newKey(type, bits) })
    expect(await verifyCommit({ raw, trusted: { ssh: key.publicKey } })).toEqual({
      outcome: 'verified',
      signer: 'ada@example.com',
    })
  })

  test('a key of another is untrusted, and says whose key it is', async () => {
    const { raw } = await signedByGit()
    const { publicKey } = await newKey()
    expect(await verifyCommit({ raw, trusted: { ssh: publicKey } })).toEqual({
      outcome: 'untrusted',
      signer: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
      reason: 'its key is not on the list of trusted keys',
    })
    expect(await outcomeOf(raw, {})).toBe('untrusted')
  })

  test('no key is unsigned', async () => {
    const repository = await newRepository()
    const raw = await rawOf(repository, await commitSigned(repository))
    expect(await outcomeOf(raw, {})).toBe('unsigned')
  })

  test('an encoding, merged tags, odd authors and line breaks of Windows in its message is verified', async () => {
    const repository = await newRepository()
    const key = await newKey()
    const first = await commitSigned(repository, { key })
    const side = await commitSigned(repository, { key, parents: [first], branch: null, message: 'side' })
    await tagSigned(repository, 'v1', key, side)
    const tag = (await rawOf(repository, 'v1', 'tag')).toString('latin1').trimEnd()
    const merge = await rawOf(
      repository,
      await commitSigned(repository, {
        parents: [first, side],
        message: 'Grüße\r\nzwei\r\n',
        options: ['-c', 'i18n.commitEncoding=ISO-8859-1', '-c', 'user.name=Ada "Lovelace" \u00e9'],
      }),
    )
    // Git folds the tag into the commit, signature and all.
    const folded = `mergetag ${tag.replaceAll('\n', '\n ')}\n\n`
    const payload = edit(merge, '\n\n', `\n${folded}`)
    const id = await writeObject(repository, payload)
    const raw = await rawOf(repository, await resigned(repository, id, key))
    expect(raw.toString('latin1')).toContain('encoding ISO-8859-1')
    expect(await verifyCommit({ raw, trusted: { ssh: key.publicKey } })).toMatchObject({
      outcome: 'verified',
    })
  })

  test('SHA-256 ids is verified, by the signature of its own object format', async () => {
    await using repository = await testRepository('env.git', 'sha256')
    const key = await newKey()
    const raw = await rawOf(repository, await commitSigned(repository, { key }))
    expect(raw.toString('latin1')).toContain('\ngpgsig-sha256 -----BEGIN')
    const trusted = { ssh: key.publicKey }
    expect(await outcomeOf(raw, trusted)).toBe('verified')
    expect(await outcomeOf(edit(raw, 'gpgsig-sha256 ', 'gpgsig '), trusted)).toBe('unsigned')
  })
})

describe('a signature that is given apart', () => {
  test('is checked over the bytes given', async () => {
    const { raw, key } = await signedByGit()
    const { payload, signature } = partsOf(raw)
    const trusted = { ssh: key.publicKey }
    expect(await verifyCommit({ raw: payload, signature, trusted })).toMatchObject({ outcome: 'verified' })
    expect(await verifyCommit({ raw: edit(payload, 'change', 'chance'), signature, trusted })).toMatchObject({
      outcome: 'invalid',
    })
  })

  test('does not count beside one in the commit', async () => {
    const { raw, key } = await signedByGit()
    const { signature } = partsOf(raw)
    expect(await verifyCommit({ raw, signature, trusted: { ssh: key.publicKey } })).toMatchObject({
      outcome: 'invalid',
    })
  })
})

describe('a hostile commit is never verified:', () => {
  const tricks: readonly (readonly [string, (raw: Buffer) => Buffer, string])[] = [
    ['another message', (raw) => edit(raw, 'change', 'chance'), 'invalid'],
    ['another tree', (raw) => edit(raw, 'tree ', 'tree 0').subarray(0), 'invalid'],
    ['the tree twice', (raw) => edit(raw, 'author ', `tree ${'0'.repeat(40)}\nauthor `), 'invalid'],
    [
      'a parent behind the committer',
      (raw) => edit(raw, 'gpgsig ', `parent ${'0'.repeat(40)}\ngpgsig `),
      'invalid',
    ],
    ['a tree at the end of its head', (raw) => edit(raw, '\n\n', `\ntree ${'0'.repeat(40)}\n\n`), 'invalid'],
    ['the signature twice', (raw) => edit(raw, '\n\n', `\n${signatureField(raw)}\n\n`), 'invalid'],
    [
      'a signature field that no Git knows',
      (raw) => edit(raw, 'gpgsig ', 'gpgsigx evil\ngpgsig '),
      'invalid',
    ],
    [
      'two signatures for the other object format',
      (raw) => edit(raw, 'gpgsig ', 'gpgsig-sha256 a\ngpgsig-sha256 b\ngpgsig '),
      'invalid',
    ],
    [
      'data behind the signature',
      (raw) => edit(raw, '-----END SSH SIGNATURE-----', '-----END SSH SIGNATURE-----\n evil'),
      'invalid',
    ],
    ['data before the signature', (raw) => edit(raw, 'gpgsig -----', 'gpgsig evil\n -----'), 'invalid'],
    [
      'two signatures in one field',
      (raw) =>
        edit(
          raw,
          '-----END SSH SIGNATURE-----',
          `-----END SSH SIGNATURE-----\n ${signatureField(raw).slice(7)}`,
        ),
      'invalid',
    ],
    ['a folded author', (raw) => edit(raw, 'gpgsig ', ' folded\ngpgsig '), 'invalid'],
    [
      'a head that begins with a continuation',
      (raw) => Buffer.concat([Buffer.from(' evil\n'), raw]),
      'invalid',
    ],
    ['line breaks of Windows in its head', (raw) => edit(raw, '\nauthor ', '\r\nauthor '), 'invalid'],
    ['a NUL byte in its head', (raw) => edit(raw, 'Ada Test', 'Ada\0Test'), 'invalid'],
    ['no message', (raw) => raw.subarray(0, raw.indexOf('\n\n') + 1), 'invalid'],
    ['its signature only in its message', (raw) => moved(raw), 'unsigned'],
    ['nothing in it', () => Buffer.alloc(0), 'unsigned'],
  ]

  test.each(tricks)('%s', async (_, trick, outcome) => {
    const { raw, ssh } = await signedByGit()
    expect(await verifyCommit({ raw, trusted: { ssh } })).toMatchObject({ outcome: 'verified' })
    expect(await verifyCommit({ raw: trick(raw), trusted: { ssh } })).toMatchObject({
      outcome,
      reason: expect.any(String),
    })
  })

  test('any bit of it flipped', async () => {
    const { raw, ssh } = await signedByGit()
    for (let at = 0; at < raw.length; at++) {
      const flipped = Buffer.from(raw)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
      expect(await outcomeOf(flipped, { ssh })).not.toBe('verified')
    }
  })

  test('its signature written in another way', async () => {
    // 91 bytes of base64 end in a letter of which only the first bits count.
    const { raw, ssh } = await signedByGit()
    const last = /([A-Za-z0-9+/])(=+)\n -----END/.exec(raw.toString('latin1'))
    if (last === null) return
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    const other = letters[letters.indexOf(last[1] ?? '') ^ 1] ?? ''
    const written = edit(raw, last[0], last[0].replace(last[1] ?? '', other))
    expect(await outcomeOf(written, { ssh })).not.toBe('verified')
  })

  test('the signature of another commit', async () => {
    const { repository, key, raw, ssh } = await signedByGit()
    const other = await rawOf(repository, await commitSigned(repository, { key, message: 'other' }))
    const stolen = edit(raw, signatureField(raw), signatureField(other))
    expect(await verifyCommit({ raw: stolen, trusted: { ssh } })).toEqual({
      outcome: 'invalid',
      reason: 'the signature does not fit the content',
    })
  })

  test.each([
    ['another namespace', { namespace: 'file' }],
    ['no namespace', { namespace: '' }],
    ['a digest of SHA-1', { digest: 'sha1' }],
    ['a version of the future', { version: 2 }],
    ['bytes behind its last field', { trailing: true }],
    ['an algorithm of another key', { algorithm: 'rsa-sha2-512' }],
  ] as const)('%s', async (_, forgery) => {
    const { raw, line } = forged(forgery)
    expect(await outcomeOf(raw, { ssh: line })).toBe('invalid')
    expect(await outcomeOf(forged({}).raw, { ssh: forged({}).line })).toBe('verified')
  })

  test.each([
    ['two trees', 'author A', `tree ${'2'.repeat(40)}\nauthor A`],
    ['a tree behind the committer', '\n\n', `\ntree ${'2'.repeat(40)}\n\n`],
    ['two encodings', '\n\n', '\nencoding a\nencoding b\n\n'],
    ['a line break of Windows in its tree', '\nauthor', '\r\nauthor'],
    ['a line break of Windows in its committer', '\n\n', '\r\n\n'],
    ['a folded author', '\ncommitter', '\n committer x\ncommitter'],
    ['no author', 'author A', 'auteur A'],
    ['ids of two lengths', '\nauthor', `\nparent ${'2'.repeat(64)}\nauthor`],
    ['a NUL byte in its head', 'author A', 'author A\0'],
  ])('%s, well signed', async (_, from, to) => {
    const { raw, line } = forged({ payload: edit(plain, from, to) })
    expect(await outcomeOf(raw, { ssh: line })).toBe('invalid')
  })

  test('RSA over SHA-1', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = publicKey.export({ format: 'jwk' })
    const blob = Buffer.concat(['ssh-rsa', number(jwk.e), number(jwk.n)].map((part) => sshString(part)))
    const made = (algorithm: string, digest: string) =>
      assembled(blob, (signed) => [sshString(algorithm), sshString(sign(digest, signed, privateKey))])
    const ssh = `ssh-rsa ${blob.toString('base64')}`
    expect(await outcomeOf(made('ssh-rsa', 'sha1'), { ssh })).toBe('invalid')
    expect(await outcomeOf(made('rsa-sha2-256', 'sha1'), { ssh })).toBe('invalid')
    expect(await outcomeOf(made('rsa-sha2-256', 'sha256'), { ssh })).toBe('verified')
  })

  test('a weak RSA key of a stranger', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const jwk = publicKey.export({ format: 'jwk' })
    const blob = Buffer.concat(['ssh-rsa', number(jwk.e), number(jwk.n)].map((part) => sshString(part)))
    const raw = assembled(blob, (signed) => [
      sshString('rsa-sha2-256'),
      sshString(sign('sha256', signed, privateKey)),
    ])
    expect(await verifyCommit({ raw, trusted: {} })).toMatchObject({
      outcome: 'untrusted',
      reason: expect.stringContaining('1024 bits'),
    })
  })
})

describe('a key on a security token', () => {
  test.each([
    ['touched', 1, 'verified'],
    ['touched, with its PIN', 5, 'verified'],
    ['never touched', 0, 'invalid'],
  ] as const)('that was %s makes a commit count as such', async (_, flags, outcome) => {
    for (const token of [ed25519Token(), ecdsaToken()]) {
      expect(await outcomeOf(token.sign(flags), { ssh: token.line })).toBe(outcome)
    }
  })

  test('made for one application signs for no other', async () => {
    const token = ed25519Token()
    const other = ed25519Token('ssh:other')
    expect(await outcomeOf(token.sign(1), { ssh: other.line })).toBe('untrusted')
  })
})

describe('a tag that Git signed', () => {
  test('is verified, for its commit and under its name only', async () => {
    const { repository, key, id, ssh } = await signedByGit()
    await tagSigned(repository, 'v1', key)
    const raw = await rawOf(repository, 'v1', 'tag')
    const trusted = { ssh }
    const signer = 'ada'
    expect(await verifyTag({ raw, trusted, commit: id, name: 'v1' })).toEqual({ outcome: 'verified', signer })
    expect(await verifyTag({ raw, trusted })).toEqual({ outcome: 'verified', signer })
    expect(await verifyTag({ raw, trusted, name: 'v2' })).toMatchObject({ outcome: 'invalid' })
    expect(await verifyTag({ raw, trusted, commit: '0'.repeat(40) })).toMatchObject({ outcome: 'invalid' })
  })

  test.each([
    ['another message', (raw: Buffer) => edit(raw, 'Release', 'Relapse'), 'invalid'],
    ['another name', (raw: Buffer) => edit(raw, 'tag v1', 'tag v2'), 'invalid'],
    ['data behind its signature', (raw: Buffer) => Buffer.concat([raw, Buffer.from('evil\n')]), 'invalid'],
    [
      'two signatures',
      (raw: Buffer) => edit(raw, '-----BEGIN', '-----BEGIN SSH SIGNATURE-----\n-----BEGIN'),
      'invalid',
    ],
    ['a signature in its head too', (raw: Buffer) => edit(raw, 'tagger ', 'gpgsig x\ntagger '), 'invalid'],
    ['the object twice', (raw: Buffer) => edit(raw, 'type ', `object ${'0'.repeat(40)}\ntype `), 'invalid'],
    ['its signature cut off', (raw: Buffer) => raw.subarray(0, raw.indexOf('-----BEGIN')), 'unsigned'],
  ] as const)('and that then has %s is not', async (_, trick, outcome) => {
    const { repository, key, ssh } = await signedByGit()
    await tagSigned(repository, 'v1', key)
    const raw = trick(await rawOf(repository, 'v1', 'tag'))
    expect(await verifyTag({ raw, trusted: { ssh } })).toMatchObject({ outcome })
  })
})

describe('a list of allowed signers', () => {
  const at = Date.UTC(2026, 5, 15, 12)
  test.each([
    ['ada@example.com,*@example.org KEY', 'verified'],
    ['ada@example.com namespaces="git" KEY comment', 'verified'],
    ['ada@example.com namespaces="file,git" KEY', 'verified'],
    ['ada@example.com namespaces="g*" KEY', 'verified'],
    ['ada@example.com namespaces="*,!git" KEY', 'untrusted'],
    ['ada@example.com namespaces="file" KEY', 'untrusted'],
    ['ada@example.com valid-after="20260615Z" KEY', 'verified'],
    ['ada@example.com valid-after="20260616Z" KEY', 'untrusted'],
    ['ada@example.com valid-before="202606151200Z" KEY', 'verified'],
    ['ada@example.com valid-before="20260615115959Z" KEY', 'untrusted'],
    ['ada@example.com VALID-AFTER="20260101Z",valid-before="20270101Z",namespaces="git" KEY', 'verified'],
    ['"ada lovelace" KEY', 'verified'],
    ['ada valid-before="20200101Z" KEY\nada KEY', 'verified'],
    ['# KEY', 'untrusted'],
    ['', 'untrusted'],
  ])('with %s makes the commit count as it does for Git', async (template, outcome) => {
    const { repository, key, id, raw } = await signedByGit({ options: ['-c', 'user.name=Ada'] })
    const ssh = template.replaceAll('KEY', key.publicKey.split(' ').slice(0, 2).join(' '))
    expect(await verifyCommit({ raw, trusted: { ssh }, now: at })).toMatchObject({ outcome })
    // Git takes the time of the commit, which is today here: its answer is comparable where no line names a time.
    if (!/valid/i.test(ssh)) expect(await gitVerifies(repository, ssh, id)).toBe(outcome === 'verified')
  })

  test('refuses what it does not understand, with the line', async () => {
    const { publicKey } = await newKey()
    const [type, base64] = publicKey.split(' ')
    const wrong = [
      `ada cert-authority ${publicKey}`,
      `ada valid-after="tomorrow" ${publicKey}`,
      `ada valid-after="20260231" ${publicKey}`,
      `ada no-such-option ${publicKey}`,
      `ada "open ${publicKey}`,
      `!ada@example.com ${publicKey}`,
      `"!ada, !*@example.org" ${publicKey}`,
      `ada ssh-rsa ${base64}`,
      `ada ${type} AAAA`,
      `ada ${type} ${base64?.slice(0, -3)}`,
      'ada ssh-dss AAAAB3NzaC1kc3M=',
      'ada',
      '-----BEGIN OPENSSH PRIVATE KEY-----',
    ]
    for (const line of wrong) {
      const error = await errorOf(verifyCommit({ raw: Buffer.alloc(0), trusted: { ssh: `# one\n${line}` } }))
      expect({ line, code: error.code, message: error.message }).toEqual({
        line,
        code: 'INVALID_OPTION',
        message: expect.stringContaining('line 2'),
      })
    }
  })

  test('refuses weak keys', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const jwk = publicKey.export({ format: 'jwk' })
    const blob = Buffer.concat(['ssh-rsa', number(jwk.e), number(jwk.n)].map((part) => sshString(part)))
    const error = await errorOf(
      verifyCommit({ raw: Buffer.alloc(0), trusted: { ssh: `ssh-rsa ${blob.toString('base64')}` } }),
    )
    expect(error.message).toContain('RSA keys of 1024 bits are too weak')
  })
})

/** Signs a commit as it is, by Git's own rule: what `git commit-tree` would not write can be signed so too. */
async function resigned(
  repository: Awaited<ReturnType<typeof newRepository>>,
  id: string,
  key: Awaited<ReturnType<typeof newKey>>,
): Promise<string> {
  const payload = await rawOf(repository, id)
  const { spawnSync } = await import('node:child_process')
  const { stdout } = spawnSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'git', '-f', key.path], {
    input: payload,
  })
  const field = `gpgsig ${stdout.toString('latin1').trimEnd().replaceAll('\n', '\n ')}`
  return writeObject(repository, edit(payload, '\n\n', `\n${field}\n\n`))
}

const signatureField = (raw: Buffer): string =>
  /gpgsig -----BEGIN[\s\S]*?-----END SSH SIGNATURE-----/.exec(raw.toString('latin1'))?.[0] ?? ''

function partsOf(raw: Buffer): { readonly payload: Buffer; readonly signature: string } {
  const field = signatureField(raw)
  return {
    payload: edit(raw, `${field}\n`, ''),
    signature: field.slice('gpgsig '.length).replaceAll('\n ', '\n'),
  }
}

const moved = (raw: Buffer): Buffer => {
  const field = signatureField(raw)
  return Buffer.concat([edit(raw, `${field}\n`, ''), Buffer.from(`\n${field}\n`)])
}

const number = (base64url: string | undefined): Buffer => {
  const bytes = Buffer.from(base64url ?? '', 'base64url')
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes
}

const plain = Buffer.from(
  `tree ${'1'.repeat(40)}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nmessage\n`,
)

interface Forgery {
  readonly namespace?: string
  readonly digest?: string
  readonly version?: number
  readonly trailing?: boolean
  readonly payload?: Buffer
}

/** A commit with a signature in OpenSSH's format, by whatever makes one. */
function assembled(
  blob: Buffer,
  make: (signed: Buffer) => readonly Uint8Array[],
  { namespace = 'git', digest = 'sha512', version = 1, trailing = false, payload = plain }: Forgery = {},
): Buffer {
  const hashed = createHash(digest).update(payload).digest()
  const fields = [namespace, '', digest, hashed].map((part) => sshString(part))
  const signed = Buffer.concat([Buffer.from('SSHSIG'), ...fields])
  const [space = '', reserved = '', name = ''] = fields
  const number = Buffer.alloc(4)
  number.writeUInt32BE(version)
  const bytes = Buffer.concat([
    Buffer.from('SSHSIG'),
    number,
    sshString(blob),
    Buffer.from(space),
    Buffer.from(reserved),
    Buffer.from(name),
    sshString(Buffer.concat(make(signed))),
    Buffer.alloc(trailing ? 3 : 0),
  ])
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? []
  const armoured = ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----'].join('\n ')
  return edit(payload, '\n\n', `\ngpgsig ${armoured}\n\n`)
}

const ed25519 = generateKeyPairSync('ed25519')
const point = Buffer.from(ed25519.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')

/** A commit signed by a key of ours, with something about the signature that is not right. */
function forged({ algorithm = 'ssh-ed25519', ...forgery }: Forgery & { readonly algorithm?: string }): {
  readonly raw: Buffer
  readonly line: string
} {
  const blob = Buffer.concat([sshString('ssh-ed25519'), sshString(point)])
  const raw = assembled(
    blob,
    (signed) => [sshString(algorithm), sshString(sign(null, signed, ed25519.privateKey))],
    forgery,
  )
  return { raw, line: `ssh-ed25519 ${blob.toString('base64')}` }
}

const digestOf = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** What a security token signs: the application, whether somebody touched it, a counter, and the digest. */
const tokenData = (application: string, flags: number, signed: Buffer): Buffer =>
  Buffer.concat([digestOf(application), Buffer.from([flags]), Buffer.from([0, 0, 0, 7]), digestOf(signed)])

const afterwards = (flags: number): Buffer => Buffer.from([flags, 0, 0, 0, 7])

function ed25519Token(application = 'ssh:') {
  const type = 'sk-ssh-ed25519@openssh.com'
  const blob = Buffer.concat([type, point, application].map((part) => sshString(part)))
  return {
    line: `${type} ${blob.toString('base64')}`,
    sign: (flags: number): Buffer =>
      assembled(blob, (signed) => [
        sshString(type),
        sshString(sign(null, tokenData(application, flags, signed), ed25519.privateKey)),
        afterwards(flags),
      ]),
  }
}

function ecdsaToken(application = 'ssh:') {
  const type = 'sk-ecdsa-sha2-nistp256@openssh.com'
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const on = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  const blob = Buffer.concat([type, 'nistp256', on, application].map((part) => sshString(part)))
  return {
    line: `${type} ${blob.toString('base64')}`,
    sign: (flags: number): Buffer =>
      assembled(blob, (signed) => {
        const both = sign('sha256', tokenData(application, flags, signed), {
          key: privateKey,
          dsaEncoding: 'ieee-p1363',
        })
        const halves = [both.subarray(0, 32), both.subarray(32)].map((half) =>
          sshString(number(trimmed(half).toString('base64url'))),
        )
        return [sshString(type), sshString(Buffer.concat(halves)), afterwards(flags)]
      }),
  }
}

function trimmed(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  return bytes.subarray(first === -1 ? bytes.length - 1 : first)
}
