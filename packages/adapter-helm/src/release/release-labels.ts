import { installationLabel } from '@mooring/adapter-kubernetes/parts'
import type { Owner } from '@mooring/core'
import type { Revision } from './revision.ts'

/**
 * What our installs and upgrades write on Helm's Secret, beside Helm's own labels. Helm copies labels from revision to
 * revision, so `revision` says which one they were written for: on any other they are somebody else's copy.
 */
const names = {
  installation: 'mooring.dev/installation',
  application: 'mooring.dev/application',
  digest: 'mooring.dev/digest',
  revision: 'mooring.dev/revision',
  run: 'mooring.dev/run',
  host: 'mooring.dev/host',
  unfit: 'mooring.dev/unfit',
} as const

/** What one run of Helm is labelled with. */
export interface RunMark {
  readonly owner: Owner
  /** Of the desired manifest. */
  readonly digest: string
  /** The revision it will make. */
  readonly revision: number
  /** Names this run, and no other. */
  readonly run: string
  /** Names the machine, so that somebody on it can tell whether the run still goes on. */
  readonly host: string
}

/** The labels of a run, as an argument of Helm. None of their values can hold a comma or an equals sign. */
export function labelsArgument({ owner, digest, revision, run, host }: RunMark): string {
  const labels = {
    [names.installation]: installationLabel(owner.installation),
    [names.application]: installationLabel(owner.application),
    [names.digest]: digestLabel(digest),
    [names.revision]: String(revision),
    [names.run]: run,
    [names.host]: host,
  }
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
}

/** The merge patch that takes our labels off. */
export const withoutOurLabels: Readonly<Record<string, null>> = Object.fromEntries(
  Object.values(names).map((name) => [name, null]),
)

/**
 * The label of a revision that we wrote down as failed. Helm calls such a one `superseded` once a later upgrade has worked,
 * as it does with those that were fit.
 */
export const unfitLabel = ({ revision }: Pick<Revision, 'revision'>): Readonly<Record<string, string>> => ({
  [names.unfit]: String(revision),
})

/** Whether we wrote this very revision down as failed, whatever Helm calls it by now. */
export const isUnfit = ({ labels, revision }: Revision): boolean => labels[names.unfit] === String(revision)

/** The merge patch of a revision that was cut off: it counts as no failure of what it was made for. */
export const notCounted: Readonly<Record<string, null>> = { [names.digest]: null }

/** Whose a release is. Labels hold no more than 63 characters, so names that are none are compared by their digest. */
export function ownerOf({ labels }: Revision, asking: Owner): Owner | undefined {
  const installation = labels[names.installation]
  const application = labels[names.application]
  if (installation === undefined || application === undefined) return undefined
  return {
    installation:
      installation === installationLabel(asking.installation) ? asking.installation : installation,
    application: application === installationLabel(asking.application) ? asking.application : application,
  }
}

/** Whether a run of ours made this very revision. */
export const isMadeByUs = ({ labels, revision }: Revision, { installation }: Owner): boolean =>
  labels[names.installation] === installationLabel(installation) &&
  labels[names.revision] === String(revision)

/** Whether a run of ours made this revision for the manifest with this digest. */
export const isMadeFor = (revision: Revision, owner: Owner, digest: string): boolean =>
  isMadeByUs(revision, owner) && revision.labels[names.digest] === digestLabel(digest)

/** Our run that made a revision, and where; nothing for one that somebody else made and that has our labels copied. */
export const runOf = ({ labels, revision }: Revision): { readonly run?: string; readonly host?: string } =>
  labels[names.revision] !== String(revision)
    ? {}
    : {
        ...(labels[names.run] !== undefined && { run: labels[names.run] }),
        ...(labels[names.host] !== undefined && { host: labels[names.host] }),
      }

/** Digests may begin and end with what a label's value may not. */
const digestLabel = (digest: string): string =>
  `d${digest.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`.slice(0, 62).concat('d')
