import type { ChangeAction } from './change.ts'

/**
 * What an application may touch: the boundary between tenants, set by whoever runs the platform and never by manifests.
 * Whatever is left out is not limited. Patterns are texts with `*` for any run of characters.
 */
export interface Scope {
  /** Kinds as the target names them: `apps/Deployment`, `Secret`, `*.example.com/*`. */
  readonly kinds?: readonly string[]
  /** Where: namespaces of a cluster, folders of a directory. */
  readonly namespaces?: readonly string[]
  /**
   * Kinds of what is in no namespace (a ClusterRole, a namespace itself). Default: none where `namespaces` are given, else
   * those of `kinds`.
   */
  readonly clusterKinds?: readonly string[]
  /** What may be done. Default all: without `delete` nothing is pruned. To `replace` takes `delete` and `create` as well. */
  readonly verbs?: readonly ChangeAction[]
}

/** What and where a resource is, read off its key. */
export interface Placement {
  /** As {@link Scope} names it. */
  readonly kind: string
  /** Absent where it is in none. */
  readonly namespace?: string
}
