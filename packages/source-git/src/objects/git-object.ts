import type { ObjectType } from '../pack/object-format.ts'

/** One object of Git: the content as it is hashed, without its head. */
export interface GitObject {
  readonly type: ObjectType
  readonly content: Uint8Array
}
