import { ownPrefix } from '../objects/annotations.ts'

/** Names of the labels and annotations of a store's objects. */
export const storeMark = {
  store: `${ownPrefix}store`,
  part: `${ownPrefix}store-part`,
  segment: `${ownPrefix}store-application`,
  format: `${ownPrefix}store-format`,
  epoch: `${ownPrefix}store-epoch`,
  application: `${ownPrefix}application`,
} as const
