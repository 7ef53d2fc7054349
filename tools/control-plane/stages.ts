/**
 * What kwok does in place of kubelets, as its configuration (one document a stage). What becomes of a pod, its first
 * containers' image tags say; see {@link podBehaviours}.
 */
export const stages = (): string =>
  [nodeReady, ...podStages()].map((stage) => JSON.stringify(stage)).join('\n---\n')

/** What image tags do to a pod. Any other tag runs and is ready; with a restartPolicy other than Always it completes. */
export const podBehaviours: Readonly<Record<string, string>> = {
  broken: 'crashes: waiting in CrashLoopBackOff after 3 restarts',
  missing: 'waits in ImagePullBackOff',
  'never-ready': 'runs and is never ready',
  slow: 'is ready after 2 seconds',
  fails: 'runs, then ends with exit code 1',
  endless: 'runs, and does not complete whatever its restartPolicy says',
}

const behaviour = `([.spec.containers[].image | split(":")[-1]] - ([.spec.containers[].image | split(":")[-1]] - ${JSON.stringify(
  Object.keys(podBehaviours),
)}))[0] // (if .spec.restartPolicy == "Always" then "runs" else "completes" end)`

interface Condition {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

const stage = (
  kind: 'Pod' | 'Node',
  name: string,
  matchExpressions: readonly Condition[],
  spec: { readonly next: object; readonly delay?: object },
): object => ({
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name },
  spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, ...spec },
})

const nodeReady = stage(
  'Node',
  'node-ready',
  [
    {
      key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
      operator: 'NotIn',
      values: ['True'],
    },
  ],
  {
    next: {
      statusTemplate: `
{{ $now := Now }}
phase: Running
conditions:
- { type: Ready, status: "True", reason: KubeletReady, message: "kwok says so", lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }} }
- { type: MemoryPressure, status: "False", reason: KubeletHasSufficientMemory, lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }} }
- { type: DiskPressure, status: "False", reason: KubeletHasNoDiskPressure, lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }} }
- { type: PIDPressure, status: "False", reason: KubeletHasSufficientPID, lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }} }
addresses:
- { type: Hostname, address: {{ .metadata.name | Quote }} }
allocatable: { cpu: "64", memory: 256Gi, pods: "1000", ephemeral-storage: 1Ti }
capacity: { cpu: "64", memory: 256Gi, pods: "1000", ephemeral-storage: 1Ti }
nodeInfo: { architecture: amd64, bootID: "", containerRuntimeVersion: kwok, kernelVersion: kwok, kubeProxyVersion: "", kubeletVersion: kwok, machineID: "", operatingSystem: linux, osImage: "", systemUUID: "" }
`,
    },
  },
)

function podStages(): readonly object[] {
  const alive: Condition = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' }
  const fresh: Condition = { key: '.status.containerStatuses', operator: 'DoesNotExist' }
  const running: Condition = { key: '.status.phase', operator: 'In', values: ['Running'] }
  const behaves = (...values: string[]): Condition => ({ key: behaviour, operator: 'In', values })
  return [
    stage('Pod', 'pod-runs', [alive, fresh, behaves('runs', 'completes', 'fails', 'endless')], {
      next: { statusTemplate: podStatus({ phase: 'Running', ready: true, state: runningState }) },
    }),
    stage('Pod', 'pod-runs-late', [alive, fresh, behaves('slow')], {
      delay: { durationMilliseconds: 2000 },
      next: { statusTemplate: podStatus({ phase: 'Running', ready: true, state: runningState }) },
    }),
    stage('Pod', 'pod-never-ready', [alive, fresh, behaves('never-ready')], {
      next: { statusTemplate: podStatus({ phase: 'Running', ready: false, state: runningState }) },
    }),
    stage('Pod', 'pod-crashes', [alive, fresh, behaves('broken')], {
      next: { statusTemplate: podStatus({ phase: 'Running', ready: false, state: crashing, restarts: 3 }) },
    }),
    stage('Pod', 'pod-image-missing', [alive, fresh, behaves('missing')], {
      next: { statusTemplate: podStatus({ phase: 'Pending', ready: false, state: imageMissing }) },
    }),
    stage('Pod', 'pod-completes', [alive, running, behaves('completes')], {
      next: {
        statusTemplate: podStatus({ phase: 'Succeeded', ready: false, state: terminated(0, 'Completed') }),
      },
    }),
    stage('Pod', 'pod-fails', [alive, running, behaves('fails')], {
      next: { statusTemplate: podStatus({ phase: 'Failed', ready: false, state: terminated(1, 'Error') }) },
    }),
    stage('Pod', 'pod-deleted', [{ ...alive, operator: 'Exists' }], { next: { delete: true } }),
  ]
}

const runningState = 'state: { running: { startedAt: {{ $now | Quote }} } }'

const terminated = (code: number, reason: string): string =>
  `state: { terminated: { exitCode: ${code}, reason: ${reason}, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }`

const crashing = `state: { waiting: { reason: CrashLoopBackOff, message: {{ printf "back-off 40s restarting failed container=%s pod=%s_%s" .name $pod.metadata.name $pod.metadata.namespace | Quote }} } }
  lastState: { terminated: { exitCode: 1, reason: Error, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }`

const imageMissing =
  'state: { waiting: { reason: ImagePullBackOff, message: {{ printf "Back-off pulling image %q" .image | Quote }} } }'

const podStatus = (pod: {
  readonly phase: string
  readonly ready: boolean
  readonly state: string
  readonly restarts?: number
}): string => {
  const ready = pod.ready ? '"True"' : '"False"'
  const reason = pod.ready
    ? ''
    : `, reason: ${pod.phase === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady'}`
  return `
{{ $now := Now }}
{{ $pod := . }}
phase: ${pod.phase}
startTime: {{ or .status.startTime $now | Quote }}
conditions:
- { type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: Ready, status: ${ready}${reason}, lastTransitionTime: {{ $now | Quote }} }
- { type: ContainersReady, status: ${ready}${reason}, lastTransitionTime: {{ $now | Quote }} }
{{ range .spec.readinessGates }}
- { type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: ${pod.ready}
  started: ${pod.ready}
  restartCount: ${pod.restarts ?? 0}
  ${pod.state}
{{ end }}
{{ with .spec.initContainers }}
initContainerStatuses:
{{ range . }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  restartCount: 0
  ${terminated(0, 'Completed')}
{{ end }}
{{ end }}
{{ if not .status.podIP }}
{{ $ips := PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
{{ with $ips }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- { ip: {{ . | Quote }} }
{{ end }}
{{ end }}
{{ end }}
`
}
