/**
 * How much a renderer takes in, so that no commit can take the process down. All are far above what Kubernetes itself
 * accepts: etcd refuses objects above 1.5 MiB.
 */
export const limits = {
  /** Bytes of one file. */
  fileBytes: 10_485_760,
  /** Documents and items of lists in one application. */
  documents: 100_000,
  /** Lines that begin with % in one file. Hardly any file has one. */
  directives: 1000,
  /** Words, signs, spaces and ends of lines in one YAML document, about 5 MB of usual text: it is read in one go. */
  lexemes: 1_000_000,
  /** Mappings and sequences inside each other, aliases followed. */
  depth: 256,
  /** Values that the aliases of one document stand for: a few lines of aliases to aliases are a billion values. */
  aliasedValues: 100_000,
} as const
