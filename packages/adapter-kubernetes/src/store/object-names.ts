import { createHash, randomBytes } from 'node:crypto'

/** Which store of which namespace. */
export interface StoreScope {
  readonly namespace: string
  readonly store: string
}

/** What an object of a store holds. A `reserved` one will be the head of an application, or was. */
export type Part = 'installation' | 'application' | 'reserved' | ChunkPart

/** What chunks hold. */
export type ChunkPart = 'inventory' | 'history'

/** The one object that says which installation this is. */
export const installationName = ({ store }: StoreScope): string => `${store}.installation`

/** The head of an application. */
export const headName = ({ store }: StoreScope, segment: string): string => `${store}.application.${segment}`

/** A chunk of its own, never used before. */
export const newChunkName = ({ store }: StoreScope, part: ChunkPart, segment: string): string =>
  `${store}.${part}.${segment}.${newId()}`

/** Text that nobody else makes. */
export const newId = (): string => randomBytes(10).toString('hex')

/**
 * An application's name as a part of an object's name and as a label: the name itself where it is a DNS label (RFC 1123)
 * and a digest of it otherwise. Two names never share one: a name that looks like such a digest is digested itself.
 */
export function segmentOf(application: string): string {
  if (legalSegment.test(application) && !application.startsWith(digestPrefix)) return application
  // As JSON, because a lone surrogate and its replacement are the same in UTF-8.
  return digestPrefix + createHash('sha256').update(JSON.stringify(application)).digest('hex').slice(0, 40)
}

const legalSegment = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const digestPrefix = 'sha256-'
