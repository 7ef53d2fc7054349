import type { Impersonation } from './connection.ts'

/**
 * The headers of an impersonation. Groups and extras are arrays: one header each, because the API server takes
 * `"g1, g2"` for one group. See https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation.
 */
export function impersonationHeaders({
  user,
  groups = [],
  uid,
  extra = {},
}: Impersonation): Readonly<Record<string, string | readonly string[]>> {
  return {
    'impersonate-user': user,
    ...(groups.length === 0 ? {} : { 'impersonate-group': groups }),
    ...(uid === undefined ? {} : { 'impersonate-uid': uid }),
    ...Object.fromEntries(
      Object.entries(extra).map(([name, values]) => [
        `impersonate-extra-${encodeURIComponent(name).toLowerCase()}`,
        values,
      ]),
    ),
  }
}
