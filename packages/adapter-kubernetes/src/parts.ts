/**
 * Pieces for adapters that speak of Kubernetes objects too, such as @mooring/adapter-helm. No promise to anybody else: they
 * change whenever this package does.
 */
export { type ReadObjects, readObjects } from './manifests/read-objects.ts'
export { textOf } from './manifests/text-of.ts'
export { parseYaml } from './manifests/yaml/parse-yaml.ts'
