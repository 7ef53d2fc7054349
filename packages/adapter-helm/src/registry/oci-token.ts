import type { Abortable } from '@mooring/core'
import { isMapping } from '../values/read-mapping.ts'
import type { RegistryHttp } from './http.ts'

/**
 * The token that a registry asks for (https://distribution.github.io/distribution/spec/auth/token/), from the realm that it
 * names, or nothing where it asks for none. Credentials for the registry go to a realm on the same host or, where it is
 * another one, only if they are given for that one: a registry cannot send them anywhere.
 */
export async function bearerToken(
  { challenge, base, http }: { readonly challenge: string; readonly base: URL; readonly http: RegistryHttp },
  options: Abortable,
): Promise<string | undefined> {
  if (!/^Bearer\s/i.test(challenge)) return undefined
  const asked = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1] ?? '', match[2] ?? '']),
  )
  const realm = asked.get('realm') ?? ''
  if (!URL.canParse(realm)) return undefined
  const url = new URL(realm)
  const service = asked.get('service')
  if (service !== undefined) url.searchParams.set('service', service)
  const name = base.pathname.replace(/^\/v2\/|\/$/g, '')
  url.searchParams.set('scope', asked.get('scope') ?? `repository:${name}:pull`)
  const own = url.origin === base.origin ? await http.authorization(base) : undefined
  const request = { url, mostBytes: 1_048_576, ...(own !== undefined && { authorization: own }) }
  const { status, body } = await http.get(request, options)
  if (status !== 200) return undefined
  const answer = parse(new TextDecoder().decode(body))
  const { token, access_token: accessToken } = isMapping(answer) ? answer : {}
  const found = token ?? accessToken
  return typeof found === 'string' ? `Bearer ${found}` : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
