/** One resource type as the API server serves it at one version, from its discovery documents. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** The path segment of its collection, such as `deployments`. */
  readonly plural: string
  readonly namespaced: boolean
  /** What the server offers at all (`get`, `list`, `watch`, `patch` …), whatever we are permitted. */
  readonly verbs: readonly string[]
  /** True if it has a `status` subresource. */
  readonly hasStatus: boolean
}
