import { importsOf, resolveRelative } from '../workspace/imports.ts'

/** Every module of the workspace a file imports, however indirectly, through relative paths. */
export function reach(): (file: string) => ReadonlySet<string> {
  const direct = new Map<string, readonly string[]>()
  const importedBy = (file: string): readonly string[] => {
    const known = direct.get(file)
    if (known !== undefined) return known
    const modules = importsOf(file)
      .filter((specifier) => specifier.startsWith('.') && specifier.endsWith('.ts'))
      .map((specifier) => resolveRelative(file, specifier))
    direct.set(file, modules)
    return modules
  }
  return (file) => {
    const seen = new Set([file])
    for (const module of seen) for (const imported of importedBy(module)) seen.add(imported)
    return seen
  }
}
