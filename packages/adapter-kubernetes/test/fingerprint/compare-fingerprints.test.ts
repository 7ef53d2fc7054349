import type { Applied, Comparison, Observation } from '@mooring/core'
import { testCall } from '@mooring/core/testing'
import { expect, test } from 'vitest'
import { compareFingerprints } from '../../src/fingerprint/compare-fingerprints.ts'
import { fingerprintOf } from '../../src/fingerprint/fingerprint.ts'
import type { FieldsV1 } from '../../src/objects/object.ts'
import { liveDeployment, type Mutable, manager } from './live-deployment.ts'

const { digest } = testCall()

function observationOf(object: Mutable): Observation {
  return {
    key: 'apps/Deployment/shop/web',
    version: object.metadata.resourceVersion,
    ...fingerprintOf(object, manager, digest),
    health: { state: 'healthy' },
  }
}

const recordOf = ({ fingerprint, memo }: Observation): Applied => ({
  digest: 'of the manifest',
  ...(fingerprint !== undefined && { fingerprint }),
  ...(memo !== undefined && { memo }),
})

/** What becomes of the live object after it was recorded. Every write gives it another resourceVersion. */
type Event = (object: Mutable) => unknown

const written =
  (change: Event): Event =>
  (object) => {
    change(object)
    object.metadata.resourceVersion = '2000'
  }

const web = (object: Mutable) => object.spec.template.spec.containers[0]

// biome-ignore lint/suspicious/noExplicitAny: a set of fields of any shape
const ourFields = (object: Mutable): any => object.metadata.managedFields[0]?.fieldsV1

/** Another manager writes the image: the API server takes the path from our entry. */
const takeImage = (object: Mutable, image: string): void => {
  web(object).image = image
  delete ourFields(object)['f:spec']['f:template']['f:spec']['f:containers']['k:{"name":"web"}']['f:image']
}

/** A new API server fills in a default in a map that is ours as a whole. */
const fillIn: Event = ({ spec }) => {
  spec.selector.matchLabels.defaulted = 'by the server'
}

const mirror: Event = (object) => {
  web(object).image = 'mirror.example.com/web'
}

// Rows are those of research on server-side apply: what may happen to a live object, and the answer to it.
const table: readonly (readonly [what: string, answer: Comparison, event: Event])[] = [
  ['nothing', 'same', () => {}],
  [
    'a write of the status',
    'same',
    written(({ status }) => {
      status.readyReplicas = 0
    }),
  ],
  [
    'a label, an environment variable and a container that somebody adds',
    'same',
    written((object) => {
      object.metadata.labels = { ...(object.metadata.labels as object), more: 'label' }
      web(object).env.push({ name: 'MORE', value: 'x' })
      object.spec.template.spec.containers.unshift({ name: 'another', image: 'another' })
    }),
  ],
  [
    'kubectl rollout restart',
    'same',
    written(({ spec }) => {
      spec.template.metadata.annotations['kubectl.kubernetes.io/restartedAt'] = '2026-11-21T11:00:00Z'
    }),
  ],
  [
    'another applier that shares our fields, and another time in our entry',
    'same',
    written(({ metadata }) => {
      const [first, ...rest] = metadata.managedFields as [Mutable['metadata']['managedFields'][0]]
      metadata.managedFields = [{ ...first, manager: 'flux' }, { ...first, time: 'now' }, ...rest]
    }),
  ],
  [
    'another order of keyed lists and of the members of our entry',
    'same',
    written((object) => {
      web(object).env.reverse()
      const entry = object.metadata.managedFields[0]
      if (entry !== undefined) entry.fieldsV1 = reversed(entry.fieldsV1)
    }),
  ],
  ['another value of ours by another manager', 'drift', written((object) => takeImage(object, 'evil'))],
  [
    'a value of ours that another manager changes and puts back',
    'drift',
    written((object) => takeImage(object, web(object).image)),
  ],
  [
    'kubectl scale, which takes the replicas',
    'drift',
    written((object) => {
      object.spec.replicas = 5
      delete ourFields(object)['f:spec']['f:replicas']
    }),
  ],
  ["a webhook that rewrites our value on somebody else's write", 'verify', written(mirror)],
  [
    'an object that is seen in another version than it was applied in',
    'verify',
    written((object) => Object.assign(object, { apiVersion: 'apps/v1beta2' })),
  ],
  [
    'an entry of ours in another version, with other paths',
    'verify',
    written((object) => {
      Object.assign(object.metadata.managedFields[0] as object, { apiVersion: 'apps/v1beta2' })
      delete ourFields(object)['f:spec']['f:selector']
    }),
  ],
  ['a new default of the server inside a value of ours, without a write', 'rebaseline', fillIn],
  ['the same after a write of anything', 'verify', written(fillIn)],
  [
    'a list that a new schema makes atomic, and anybody writes',
    'drift',
    written((object) => {
      ourFields(object)['f:spec']['f:template']['f:spec']['f:volumes'] = {}
    }),
  ],
  [
    'a backup in which all our fields are as recorded',
    'same',
    ({ metadata }) => {
      metadata.resourceVersion = '7'
    },
  ],
  [
    'a backup in which the version recorded comes again with other owners',
    'drift',
    (object) => takeImage(object, 'evil'),
  ],
  [
    'a second item with the key of one of ours',
    'verify',
    written((object) => web(object).env.push({ name: 'PORT', value: '9090' })),
  ],
  [
    'managedFields that were dropped because the object is too large',
    'drift',
    written(({ metadata }) => {
      metadata.managedFields = []
    }),
  ],
  [
    'managedFields that were reset',
    'drift',
    written(({ metadata }) => {
      metadata.managedFields = [{ manager: 'kubectl', operation: 'Update' } as never]
    }),
  ],
]

test.each(table)('%s is answered with %s', (_, answer, event) => {
  const object = liveDeployment()
  const recorded = recordOf(observationOf(object))
  event(object)
  expect(compareFingerprints(recorded, observationOf(object))).toBe(answer)
})

test('an item that a webhook took away from our apply is no drift as long as it stays away', () => {
  const object = liveDeployment()
  web(object).env.splice(0, 1)
  const recorded = recordOf(observationOf(object))
  object.metadata.resourceVersion = '2000'
  expect(compareFingerprints(recorded, observationOf(object))).toBe('same')
  web(object).env.unshift({ name: 'PORT', value: '8080' })
  expect(compareFingerprints(recorded, observationOf(object))).toBe('verify')
})

test('a fingerprint of another algorithm is renewed where nobody wrote, and verified where somebody did', () => {
  const object = liveDeployment()
  const recorded = { ...recordOf(observationOf(object)), fingerprint: 'k0.abc.def.apps/v1' }
  expect(compareFingerprints(recorded, observationOf(object))).toBe('rebaseline')
  object.metadata.resourceVersion = '2000'
  expect(compareFingerprints(recorded, observationOf(object))).toBe('verify')
  expect(compareFingerprints({ ...recorded, fingerprint: '' }, observationOf(object))).toBe('verify')
})

test('an object that never has an entry of ours is the same until somebody writes it', () => {
  const object = liveDeployment()
  object.metadata.managedFields = []
  const recorded = recordOf(observationOf(object))
  expect(recorded.fingerprint).toBeUndefined()
  expect(compareFingerprints(recorded, observationOf(object))).toBe('same')
  object.metadata.resourceVersion = '2000'
  expect(compareFingerprints(recorded, observationOf(object))).toBe('verify')
})

test('a record without a fingerprint is verified once there is one', () => {
  const observed = observationOf(liveDeployment())
  expect(compareFingerprints({ digest: 'of the manifest' }, observed)).toBe('verify')
})

test('a record without a version never excuses a difference', () => {
  const object = liveDeployment()
  const { memo: _, ...recorded } = recordOf(observationOf(object))
  web(object).image = 'mirror.example.com/web'
  const { version: __, ...observed } = observationOf(object)
  expect(compareFingerprints(recorded, observed)).toBe('verify')
})

function reversed(fields: FieldsV1): FieldsV1 {
  const entries = Object.entries(fields).map(([member, below]) => [member, reversed(below)] as const)
  return Object.fromEntries(entries.reverse())
}
