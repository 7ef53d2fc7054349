import { isAbsolute, join } from 'node:path'
import { parse } from 'yaml'
import type { Impersonation } from './connection.ts'

/** What a kubeconfig says about a user that client-node (2.0) does not read. */
export interface UserExtras {
  /** Absolute. */
  readonly tokenFile?: string
  readonly impersonate?: Impersonation
}

/**
 * Reads `tokenFile`, `as`, `as-groups`, `as-uid` and `as-user-extra` of one user. Without it these users would be
 * somebody else, silently.
 */
export function userExtras(text: string, userName: string, folder: string): UserExtras {
  const users = listOf(parse(text), 'users')
  const entry = users.find((one) => isRecord(one) && one.name === userName)
  const user = isRecord(entry) && isRecord(entry.user) ? entry.user : {}
  const tokenFile = textOf(user.tokenFile)
  const as = textOf(user.as)
  return {
    ...(tokenFile === undefined
      ? {}
      : { tokenFile: isAbsolute(tokenFile) ? tokenFile : join(folder, tokenFile) }),
    ...(as === undefined ? {} : { impersonate: impersonationOf(as, user) }),
  }
}

function impersonationOf(user: string, entry: Readonly<Record<string, unknown>>): Impersonation {
  const uid = textOf(entry['as-uid'])
  const extra = isRecord(entry['as-user-extra']) ? entry['as-user-extra'] : {}
  return {
    user,
    groups: listOf(entry, 'as-groups').filter((group) => typeof group === 'string'),
    ...(uid === undefined ? {} : { uid }),
    extra: Object.fromEntries(
      Object.keys(extra).map((name) => [name, listOf(extra, name).filter((one) => typeof one === 'string')]),
    ),
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

const listOf = (value: unknown, field: string): readonly unknown[] => {
  const list = isRecord(value) ? value[field] : undefined
  return Array.isArray(list) ? list : []
}
