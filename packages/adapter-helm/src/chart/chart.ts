/** A chart whose files were checked and may be handed to Helm. */
export interface Chart {
  readonly name: string
  readonly version: string
  /** Its files as Helm gets them. Paths are relative to the chart, with `/`; archives of dependencies are one file. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** The archive as it was fetched. Present: Helm gets this and not the files. */
  readonly archive?: Uint8Array
  /** What its authors wrote, dependencies included: what may be quoted, and where functions are looked for. */
  readonly sources: readonly SourceText[]
  /** A file as people know it, from the path that Helm prints: `demo/templates/web.yaml`. */
  readonly placeOf: (printed: string) => string
}

/** One text file of a chart. */
export interface SourceText {
  /** As Helm prints it: `demo/charts/redis/templates/web.yaml`. */
  readonly path: string
  readonly text: string
}

/** How large charts may be. Helm itself refuses archives above 100 MiB, and a release above 1 MiB (it is one Secret). */
export const chartLimits = {
  /** Bytes of an archive. */
  archiveBytes: 20_971_520,
  /** Bytes of all files, unpacked. */
  bytes: 104_857_600,
  /** Bytes of one file. */
  fileBytes: 20_971_520,
  files: 10_000,
  /** Folders inside each other, and archives inside archives. */
  depth: 32,
  archives: 8,
} as const
