import { execFileSync } from 'node:child_process'

/** What importing a module adds to the start of a process. */
export interface ImportCost {
  readonly specifier: string
  /** Median over the runs, less the median start of a Node that imports nothing. */
  readonly medianMs: number
}

/** Measures imports in child processes started in a folder. Never a test: it depends on the machine. */
export function measureImport(
  folder: string,
  specifiers: readonly string[],
  runs = 11,
): readonly ImportCost[] {
  const bare = medianStartMs(folder, '', runs)
  return specifiers.map((specifier) => ({
    specifier,
    medianMs: medianStartMs(folder, `await import('${specifier}')`, runs) - bare,
  }))
}

function medianStartMs(folder: string, program: string, runs: number): number {
  const startMs = () => {
    const start = performance.now()
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder })
    return performance.now() - start
  }
  startMs() // Fills the file cache.
  const sorted = Array.from({ length: runs }, startMs).toSorted((a, b) => a - b)
  return sorted[Math.floor(runs / 2)] ?? 0
}
