import type { ApiFailure } from './api.ts'
import type { Saying } from './failure-error.ts'
import { isEscalation } from './failure-kinds.ts'

/** What is said of a 403 of the authorizer: who may not do what, and the rule that would allow it. */
export function forbidden(to: string, failure: ApiFailure, said: string): Saying {
  if (isEscalation(failure)) return escalation(to, said)
  const missing = missingRule(failure.message)
  if (missing === undefined) {
    return {
      code: 'FORBIDDEN',
      kind: 'permanent',
      message: `${to}, found that we may not (403)${said}`,
      hint: 'Grant it with a Role or ClusterRole. Proxies before the API server answer 403 as well.',
    }
  }
  const { user, verb, resource, group, namespace } = missing
  const scope = namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`
  const type = group === '' ? resource : `${resource}.${group}`
  return {
    code: 'FORBIDDEN',
    kind: 'permanent',
    message: `${to}, found that user ${user} may not ${verb} ${type} ${scope} (403)`,
    hint: `Bind a ${namespace === undefined ? 'ClusterRole' : 'Role'} with the rule {apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]} to ${user}. To check: kubectl auth can-i ${verb} ${type} ${namespace === undefined ? '--all-namespaces' : `--namespace ${namespace}`} --as ${user}`,
  }
}

const escalation = (to: string, said: string): Saying => ({
  code: 'FORBIDDEN',
  kind: 'permanent',
  message: `${to}, found that it grants more than we may do ourselves (403)${said}`,
  hint: 'Grant our user what the role grants, or the verbs `escalate` on roles and `bind` on the roles that bindings name.',
})

interface MissingRule {
  readonly user: string
  readonly verb: string
  readonly resource: string
  readonly group: string
  readonly namespace?: string
}

/** From the text of k8s.io/apiserver/pkg/endpoints/handlers/responsewriters (forbiddenMessage). */
function missingRule(message: string): MissingRule | undefined {
  const match =
    /User "([^"]*)" cannot (\S+) resource "([^"]*)" in API group "([^"]*)"(?: in the namespace "([^"]*)")?/.exec(
      message,
    )
  if (match === null) return undefined
  const [, user = '', verb = '', resource = '', group = '', namespace] = match
  return { user, verb, resource, group, ...(namespace === undefined ? {} : { namespace }) }
}

/** What is said of a refusal by admission. */
export const denial = (to: string, said: string): Saying => ({
  code: 'ADMISSION_DENIED',
  kind: 'permanent',
  message: `${to}, found that admission refuses it${said}`,
  hint: 'Change the manifest to what the named webhook or policy allows, or change the policy.',
})
