/**
 * Whether resourceVersion `a` is later than `b`. Versions of one resource type are decimal numbers of any length and
 * compare as such (KEP-5504, stable in Kubernetes 1.35): the shorter is less, and equal lengths compare as text.
 */
export const isNewer = (a: string, b: string): boolean =>
  a.length === b.length ? a > b : a.length > b.length
