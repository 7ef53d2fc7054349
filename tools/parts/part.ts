/** Something real that tests use and that the project does not bring along: one or more executables of one origin. */
export interface Part {
  /** Short, for commands and folders: `kubernetes`. */
  readonly name: string
  /** For people, after "this machine has no": `git, with its HTTP server`. */
  readonly title: string
  /** All of them come from the same place, so that their versions fit each other. */
  readonly executables: readonly Executable[]
  /**
   * Environment variables that may name a folder with the executables; such a folder is believed. `MOORING_PART_<NAME>`
   * is always one of them, and the first.
   */
  readonly variables?: readonly string[]
  /**
   * Modules of the workspace that use it without importing its file. Whatever test imports one of them or its file
   * (`tools/parts/<name>.ts`), however indirectly, needs the part.
   */
  readonly usedBy?: readonly string[]
  /** Default false: tests find the executables on their PATH, because what they test looks there. */
  readonly onPath?: boolean
  readonly recipe: Recipe
}

/** One program of a part. */
export interface Executable {
  readonly name: string
  /** Asked of a program found on PATH, to see that it is fit: what it prints to either stream has to be accepted. */
  readonly probe: { readonly args: readonly string[]; readonly accepts: (output: string) => boolean }
}

/** How a part is made where it is not there yet. */
export interface Recipe {
  /** Folder of the cache. It changes with everything that decides what is made, so nothing old is taken for new. */
  readonly id: string
  /** What people should expect: `about 6 minutes, 0.7 GB of downloads`. */
  readonly cost: string
  /** Why this machine cannot make it, or nothing if it can. */
  readonly lacks: () => string | undefined
  /**
   * Makes it in an empty folder, with its executables in `bin` below it. Throws {@link CannotBeHad} if what is missing
   * is not the recipe's fault, and anything else if it is.
   */
  readonly make: (folder: string, say: (line: string) => void) => Promise<void>
}

/** What a recipe throws if the machine or the network does not let it have the part: its tests are left out. */
export class CannotBeHad extends Error {
  override readonly name = 'CannotBeHad'
}
