import { type ErrorKind, MooringError, type Origin } from '@mooring/core'

/** What is wrong with one place of one file. `says` completes "found", and never quotes what the file holds. */
export interface Fault {
  readonly code: FaultCode
  readonly origin: Origin
  readonly says: string
  /** What was thrown, where something was. */
  readonly cause?: unknown
}

/** The codes of faults: those of the errors that `manifests` throws. */
export type FaultCode = keyof typeof remedies

/** Faults in the order of their files, and how many there were in all. */
export interface Faults {
  readonly listed: readonly Fault[]
  readonly count: number
}

/** The most faults one error lists. */
export const listedFaults = 20

/**
 * Everything that is wrong, as one error, so that one commit can cure all of it. Its code is the one of the most
 * fundamental fault; the hint says what to do about each kind of fault listed.
 */
export function errorOf({ listed, count }: Faults): MooringError {
  const codes = Object.keys(remedies).filter((code) =>
    listed.some((fault) => fault.code === code),
  ) as FaultCode[]
  const [code = 'INVALID_MANIFEST'] = codes
  const cause = listed.find((fault) => fault.cause !== undefined)?.cause
  const more = count > listed.length ? `; and ${count - listed.length} more` : ''
  return new MooringError({
    code,
    kind: kindOf(listed),
    message: `Expected Kubernetes manifests, found: ${listed.map(textOf).join('; ')}${more}`,
    hint: codes.map((one) => remedies[one].hint).join(' '),
    cause,
  })
}

/** A commit must mend every fault but one: a decryption may have failed for a reason that passes. */
function kindOf(listed: readonly Fault[]): ErrorKind {
  if (listed.some(({ code }) => code !== 'DECRYPTION_FAILED')) return 'permanent'
  return listed.some(({ cause }) => (cause as Partial<MooringError> | undefined)?.kind !== 'permanent')
    ? 'transient'
    : 'permanent'
}

function textOf({ origin: { file, line, document }, says }: Fault): string {
  const place = `${file}${line === undefined ? '' : `:${line}`}`
  return `${place}${(document ?? 1) === 1 ? '' : ` (document ${document})`}: ${says}`
}

/** By code, the most fundamental first: what to do. */
const remedies = {
  LINK_NOT_SUPPORTED: {
    code: 'LINK_NOT_SUPPORTED',
    hint: 'A link could lead out of the repository. Commit what it names in its place, or exclude it.',
  },
  SUBMODULE_NOT_SUPPORTED: {
    code: 'SUBMODULE_NOT_SUPPORTED',
    hint: 'The content of a submodule stands in another repository. Make it an application of its own, or exclude it.',
  },
  MANIFESTS_TOO_LARGE: {
    code: 'MANIFESTS_TOO_LARGE',
    hint: 'Divide what is too large into files, or into applications of their own.',
  },
  MALFORMED_MANIFEST: {
    code: 'MALFORMED_MANIFEST',
    hint: 'Correct these places. What is no manifest can be left out with the option exclude.',
  },
  ENCRYPTED_MANIFEST: {
    code: 'ENCRYPTED_MANIFEST',
    hint: 'Give manifests() the option decrypt, or leave the file out with exclude.',
  },
  DECRYPTION_FAILED: {
    code: 'DECRYPTION_FAILED',
    hint: 'See that the decryption given to manifests() has the key for the files named and reaches what keeps it.',
  },
  INVALID_MANIFEST: {
    code: 'INVALID_MANIFEST',
    hint: 'Correct these documents. Files that are no manifests (values, settings of tools) can be left out with the option exclude.',
  },
  KUSTOMIZATION: {
    code: 'KUSTOMIZATION',
    hint: 'These files are parts that kustomize builds from, and would be applied as something else. Commit what kustomize builds and point the application there, or render with a function of your own that runs it. What only stands about can be left out with exclude.',
  },
  CONTROL_OBJECT: {
    code: 'CONTROL_OBJECT',
    hint: "Mooring does not do what these objects ask of Flux or Argo CD. Define an application for what each points at and remove the object or exclude its file. If Flux or Argo CD runs in the cluster and shall get them from Mooring, set controlObjects: 'apply'.",
  },
} as const
