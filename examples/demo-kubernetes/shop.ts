/** What one service of the shop is. */
export interface Service {
  readonly image: string
  readonly replicas?: number
  /** The service whose Deployment has to be available before this one's is touched. */
  readonly after?: string
}

/** A Deployment and the Service in front of it, as a team would write them. */
export const service = (name: string, { image, replicas = 2, after }: Service): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
${after === undefined ? '' : `  annotations:\n    mooring.dev/depends-on: apps/namespaces/shop/Deployment/${after}\n`}\
spec:
  replicas: ${replicas}
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      containers:
        - name: server
          image: registry.example.com/shop/${image}
          envFrom: [{ configMapRef: { name: settings } }]
          resources:
            requests: { cpu: 100m, memory: 64Mi }
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector: { app: ${name} }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
`

const namespace = `apiVersion: v1
kind: Namespace
metadata:
  name: shop
`

/** Settings that every service is given. */
const settings = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  currency: EUR
  log-level: info
`

/** A shop of five services, as it would lie in a team's repository. */
export const shop = {
  'apps/shop/namespace.yaml': namespace,
  'apps/shop/settings.yaml': settings,
  'apps/shop/cart.yaml': service('cart', { image: 'cart:1.0' }),
  'apps/shop/catalogue.yaml': service('catalogue', { image: 'catalogue:1.0' }),
  'apps/shop/checkout.yaml': service('checkout', { image: 'checkout:1.0' }),
  'apps/shop/frontend.yaml': service('frontend', { image: 'frontend:1.0', replicas: 3, after: 'catalogue' }),
  'apps/shop/wishlist.yaml': service('wishlist', { image: 'wishlist:1.0', replicas: 1 }),
} as const
