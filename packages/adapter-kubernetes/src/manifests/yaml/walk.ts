import type { Json } from '@mooring/core'
import type { Node } from 'yaml'
import type { Anchors } from './anchors.ts'

/**
 * What reading a document needs at every node. Nodes are read in the order of the text, which decides what an alias
 * means.
 */
export interface Walk {
  readonly anchors: Anchors
  /** The value of a node at this depth; null where there is none. */
  readonly plainOf: (node: unknown, depth: number) => Json
  /** Notes what is wrong with a node and gives a value to go on with. */
  readonly misfit: (node: Node, says: string) => null
}
