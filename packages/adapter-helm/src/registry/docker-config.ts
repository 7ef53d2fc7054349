import { MooringError } from '@mooring/core'

/** The `Authorization` that a Docker `config.json` has for a host, if any. Throws `CHART_ACCESS_DENIED` if it is none. */
export function dockerCredentials(text: string, host: string): string | undefined {
  const auths = authsIn(text)
  const entry = auths[host] ?? auths[`https://${host}`] ?? auths[`https://${host}/v1/`]
  if (typeof entry !== 'object' || entry === null) return undefined
  const { auth, username, password } = entry as Readonly<Record<string, unknown>>
  if (typeof auth === 'string' && auth !== '') return `Basic ${auth}`
  if (typeof username !== 'string' || typeof password !== 'string') return undefined
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function authsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const { auths } = JSON.parse(text) as { readonly auths?: unknown }
    return typeof auths === 'object' && auths !== null ? (auths as Readonly<Record<string, unknown>>) : {}
  } catch {
    // Without the cause, which quotes the text.
    throw new MooringError({
      code: 'CHART_ACCESS_DENIED',
      kind: 'permanent',
      message:
        'Expected option dockerConfig of chartRegistry() to be a Docker config.json, found something else',
      hint: 'Give the file that docker login or helm registry login writes.',
    })
  }
}
