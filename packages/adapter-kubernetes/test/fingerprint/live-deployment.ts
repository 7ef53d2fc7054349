import type { FieldsV1, KubernetesObject, ManagedFields } from '../../src/objects/object.ts'

/** The field manager that tests speak for. */
export const manager = 'mooring-test'

/** A Deployment as an API server gives it after an apply of ours, with defaults, status and everybody's fields. */
export function liveDeployment(): Mutable {
  return structuredClone({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec,
    status,
  }) as unknown as Mutable
}

/** What a test may do to a live object. */
export interface Mutable extends KubernetesObject {
  metadata: { name: string; resourceVersion: string; managedFields: MutableEntry[]; [field: string]: unknown }
  // biome-ignore lint/suspicious/noExplicitAny: tests reach anywhere into an object
  spec: any
  // biome-ignore lint/suspicious/noExplicitAny: as above
  status: any
}

interface MutableEntry extends ManagedFields {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  fieldsV1: FieldsV1
}

const probe = { failureThreshold: 3, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 1 }

const spec = {
  progressDeadlineSeconds: 600,
  replicas: 3,
  revisionHistoryLimit: 10,
  selector: { matchLabels: { app: 'web' } },
  strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' }, type: 'RollingUpdate' },
  template: {
    metadata: { labels: { app: 'web' }, annotations: { 'sidecar.istio.io/rewriteAppHTTPProbers': 'true' } },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'registry.example.com/shop/web:v0.10.3',
          imagePullPolicy: 'IfNotPresent',
          env: [
            { name: 'PORT', value: '8080' },
            { name: 'CART_SERVICE_ADDR', value: 'cartservice:7070' },
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { key: 'password', name: 'web' } } },
            { name: 'HTTP_PROXY', value: 'proxy:3128' },
          ],
          ports: [
            { containerPort: 8080, name: 'http', protocol: 'TCP' },
            { containerPort: 53, name: 'dns', protocol: 'UDP' },
          ],
          livenessProbe: {
            httpGet: { path: '/_healthz', port: 8080, scheme: 'HTTP' },
            initialDelaySeconds: 10,
            ...probe,
          },
          readinessProbe: {
            httpGet: { path: '/_healthz', port: 8080, scheme: 'HTTP' },
            initialDelaySeconds: 10,
            ...probe,
          },
          resources: { limits: { cpu: '200m', memory: '128Mi' }, requests: { cpu: '100m', memory: '64Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            privileged: false,
            readOnlyRootFilesystem: true,
          },
          args: ['--verbose', '--config', '/etc/web/config.yaml'],
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          volumeMounts: [{ mountPath: '/etc/web', name: 'config' }],
        },
        {
          name: 'sidecar',
          image: 'istio/proxyv2:1.27',
          imagePullPolicy: 'IfNotPresent',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: { fsGroup: 1000, runAsGroup: 1000, runAsNonRoot: true, runAsUser: 1000 },
      serviceAccount: 'web',
      serviceAccountName: 'web',
      terminationGracePeriodSeconds: 5,
      volumes: [{ configMap: { defaultMode: 420, name: 'web' }, name: 'config' }],
    },
  },
}

const condition = (type: string, reason: string, message: string) => ({
  lastTransitionTime: '2026-11-21T10:00:05Z',
  lastUpdateTime: '2026-11-21T10:00:05Z',
  message,
  reason,
  status: 'True',
  type,
})

const status = {
  availableReplicas: 3,
  conditions: [
    condition('Available', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'),
    condition(
      'Progressing',
      'NewReplicaSetAvailable',
      'ReplicaSet "web-6c4f9d7b5d" has successfully progressed.',
    ),
  ],
  observedGeneration: 1,
  readyReplicas: 3,
  replicas: 3,
  updatedReplicas: 3,
}

const httpProbe = { 'f:httpGet': { 'f:path': {}, 'f:port': {} }, 'f:initialDelaySeconds': {} }

const ours = {
  'f:metadata': {
    'f:annotations': { 'f:mooring.dev/owner': {} },
    'f:labels': { 'f:app': {}, 'f:mooring.dev/installation': {} },
  },
  'f:spec': {
    'f:replicas': {},
    'f:selector': {},
    'f:template': {
      'f:metadata': {
        'f:annotations': { 'f:sidecar.istio.io/rewriteAppHTTPProbers': {} },
        'f:labels': { 'f:app': {} },
      },
      'f:spec': {
        'f:containers': {
          'k:{"name":"web"}': {
            '.': {},
            'f:args': {},
            'f:env': {
              'k:{"name":"CART_SERVICE_ADDR"}': { '.': {}, 'f:name': {}, 'f:value': {} },
              'k:{"name":"PASSWORD"}': { '.': {}, 'f:name': {}, 'f:valueFrom': { 'f:secretKeyRef': {} } },
              'k:{"name":"PORT"}': { '.': {}, 'f:name': {}, 'f:value': {} },
            },
            'f:image': {},
            'f:livenessProbe': httpProbe,
            'f:name': {},
            'f:ports': {
              'k:{"containerPort":53,"protocol":"UDP"}': {
                '.': {},
                'f:containerPort': {},
                'f:name': {},
                'f:protocol': {},
              },
              'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:name': {} },
            },
            'f:readinessProbe': httpProbe,
            'f:resources': {
              'f:limits': { 'f:cpu': {}, 'f:memory': {} },
              'f:requests': { 'f:cpu': {}, 'f:memory': {} },
            },
            'f:securityContext': {
              'f:allowPrivilegeEscalation': {},
              'f:capabilities': { 'f:drop': {} },
              'f:privileged': {},
              'f:readOnlyRootFilesystem': {},
            },
            'f:volumeMounts': { 'k:{"mountPath":"/etc/web"}': { '.': {}, 'f:mountPath': {}, 'f:name': {} } },
          },
        },
        'f:securityContext': { 'f:fsGroup': {}, 'f:runAsGroup': {}, 'f:runAsNonRoot': {}, 'f:runAsUser': {} },
        'f:serviceAccountName': {},
        'f:terminationGracePeriodSeconds': {},
        'f:volumes': {
          'k:{"name":"config"}': { '.': {}, 'f:configMap': { 'f:name': {} }, 'f:name': {} },
        },
      },
    },
  },
}

const webhooks = {
  'f:spec': {
    'f:template': {
      'f:spec': {
        'f:containers': {
          'k:{"name":"sidecar"}': { '.': {}, 'f:image': {}, 'f:name': {} },
          'k:{"name":"web"}': {
            'f:env': { 'k:{"name":"HTTP_PROXY"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
          },
        },
      },
    },
  },
}

const conditionFields = {
  '.': {},
  'f:lastTransitionTime': {},
  'f:lastUpdateTime': {},
  'f:message': {},
  'f:reason': {},
  'f:status': {},
  'f:type': {},
}

const controllers = {
  'f:metadata': { 'f:annotations': { 'f:deployment.kubernetes.io/revision': {} } },
  'f:status': {
    'f:availableReplicas': {},
    'f:conditions': {
      '.': {},
      'k:{"type":"Available"}': conditionFields,
      'k:{"type":"Progressing"}': conditionFields,
    },
    'f:observedGeneration': {},
    'f:readyReplicas': {},
    'f:replicas': {},
    'f:updatedReplicas': {},
  },
}

const entry = (name: string, operation: string, fieldsV1: unknown, more: object = {}) => ({
  apiVersion: 'apps/v1',
  fieldsType: 'FieldsV1',
  fieldsV1,
  manager: name,
  operation,
  time: '2026-11-21T10:00:00Z',
  ...more,
})

const metadata = {
  annotations: {
    'deployment.kubernetes.io/revision': '1',
    'mooring.dev/owner': 'test/shop/apps/Deployment/shop/web',
  },
  creationTimestamp: '2026-11-21T10:00:00Z',
  generation: 1,
  labels: { app: 'web', 'mooring.dev/installation': 'test', 'added-by': 'somebody' },
  managedFields: [
    entry(manager, 'Apply', ours),
    entry('injector', 'Update', webhooks),
    entry('kube-controller-manager', 'Update', controllers, { subresource: 'status' }),
  ],
  name: 'web',
  namespace: 'shop',
  resourceVersion: '1042',
  uid: 'd5a3a4a2-6f0c-4b4e-9b39-3f4c51d5f1c1',
}
