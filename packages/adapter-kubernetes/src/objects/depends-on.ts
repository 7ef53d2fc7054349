import type { KeyParts } from './key.ts'

/**
 * What the value of a depends-on annotation refers to, in the form of cli-utils: a comma-separated list of
 * `group/namespaces/namespace/Kind/name`, or `group/Kind/name` for what has no namespace. The core group is empty:
 * `/namespaces/shop/ConfigMap/settings`. What is not of that form is reported and left out.
 */
export function referencesIn(text: string, report: (fault: string) => void): readonly KeyParts[] {
  return text.split(',').flatMap((part) => {
    const reference = referenceIn(part.trim())
    if (reference === undefined) {
      report(
        `expected group/namespaces/NAMESPACE/Kind/name or group/Kind/name, as in ` +
          `apps/namespaces/shop/Deployment/web, found ${JSON.stringify(part.trim())}`,
      )
    }
    return reference ?? []
  })
}

function referenceIn(text: string): KeyParts | undefined {
  const parts = text.split('/')
  const [group = '', second = '', third = '', fourth = '', fifth = ''] = parts
  if (parts.length === 3 && isKind(second) && third !== '') {
    return { group, kind: second, namespace: '', name: third }
  }
  const scoped = parts.length === 5 && second === 'namespaces' && third !== ''
  return scoped && isKind(fourth) && fifth !== ''
    ? { group, kind: fourth, namespace: third, name: fifth }
    : undefined
}

/** Kinds begin with a capital; `apps/v1/Deployment` and `namespaces/shop/web` must not pass for references. */
const isKind = (text: string): boolean => /^[A-Z][A-Za-z0-9]*$/.test(text)
