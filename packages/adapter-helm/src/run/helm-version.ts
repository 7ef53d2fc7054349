/** The version in what `helm version --template '{{.Version}}'` prints: `4.1.4`. */
export const helmVersion = (printed: string): string | undefined =>
  /^v(\d+\.\d+\.\d+)(?:[-+][\w.+-]+)?\s*$/.exec(printed)?.[1]

/** Helm 3 from 3.14 on, and Helm 4. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major === 4 || (major === 3 && minor >= 14)
}
