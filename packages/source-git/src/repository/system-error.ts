/** The code of an error of the operating system, such as ENOSPC; `unknown` for anything else. */
export function codeOf(thrown: unknown): string {
  const { code } = thrown as { code?: unknown }
  return typeof code === 'string' ? code : 'unknown'
}
