/** One object of an application, as it stands in the repository. */
export interface BenchObject {
  readonly name: string
  /** Of its collection, in this namespace. */
  readonly collection: (namespace: string) => string
  readonly file: string
  readonly yaml: string
}

/** What every commit of this bench is about: applications of four objects, as peers were measured with. */
export function applicationOf(at: number, value = 'first'): readonly BenchObject[] {
  const name = nameOf(at)
  const object = (plural: string, yaml: string, prefix = 'api/v1'): BenchObject => ({
    name,
    collection: (namespace) => `/${prefix}/namespaces/${namespace}/${plural}`,
    file: `apps/${name}/${plural}.yaml`,
    yaml,
  })
  return [
    object('deployments', deployment(name), 'apis/apps/v1'),
    object('serviceaccounts', `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n`),
    object('services', service(name)),
    object('configmaps', configMap(name, value)),
  ]
}

/** The name of one application, and of all its objects. */
export const nameOf = (at: number): string => `app-${at}`

/** The image that nobody but an intruder changes. */
export const imageOf = (name: string): string => `registry.example.com/${name}:1`

const deployment = (name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app: ${name}
spec:
  replicas: 0
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      serviceAccountName: ${name}
      containers:
        - name: server
          image: ${imageOf(name)}
          ports:
            - containerPort: 8080
          envFrom:
            - configMapRef:
                name: ${name}
`

const service = (name: string): string => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector:
    app: ${name}
  ports:
    - port: 80
      targetPort: 8080
`

const configMap = (name: string, value: string): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  application: ${name}
  value: ${value}
`
