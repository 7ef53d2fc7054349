/** Names of the labels and annotations of a store's objects. */
export const storeMark = {
  store: 'mooring.dev/store',
  part: 'mooring.dev/store-part',
  segment: 'mooring.dev/store-application',
  format: 'mooring.dev/store-format',
  epoch: 'mooring.dev/store-epoch',
  lease: 'mooring.dev/store-lease',
  application: 'mooring.dev/application',
} as const
