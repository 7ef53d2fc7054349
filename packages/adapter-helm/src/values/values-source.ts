import type { Decryption } from '@mooring/adapter-kubernetes'
import type { Abortable, RenderInput } from '@mooring/core'
import type { Mapping } from './read-mapping.ts'

/** One place that values come from. Later ones go before earlier ones, and all before the chart's own. */
export type ValuesSource = ValuesFile | InlineValues | ComputedValues

/** A YAML or JSON file of the snapshot, in whatever mount. */
export interface ValuesFile {
  /** Relative to the application's folder; from the snapshot's root on when it begins with `/`. */
  readonly file: string
  /** Default false: a file that is not there is an error. True: it adds nothing. */
  readonly optional?: boolean
  /** For a file that is encrypted. Default none. */
  readonly decrypt?: Decryption
}

/** Values that stand in the program. They are part of the renderer's digest. */
export interface InlineValues {
  readonly inline: Mapping
}

/** Values that a function works out from files and from what the target tells. */
export interface ComputedValues {
  /** Stands for the function in the renderer's digest: give it another name when it may give another result. */
  readonly name: string
  /** Repeatable: equal files and equal facts give equal values. */
  readonly compute: (input: RenderInput, options: Abortable) => Mapping | Promise<Mapping>
}
