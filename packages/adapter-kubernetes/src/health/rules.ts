import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { apiService } from './api-service.ts'
import { cronJob } from './cron-job.ts'
import { customResourceDefinition } from './custom-resource-definition.ts'
import { daemonSet } from './daemon-set.ts'
import { deployment } from './deployment.ts'
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts'
import { ingress } from './ingress.ts'
import { job } from './job.ts'
import { persistentVolume } from './persistent-volume.ts'
import { persistentVolumeClaim } from './persistent-volume-claim.ts'
import { pod } from './pod.ts'
import { podDisruptionBudget } from './pod-disruption-budget.ts'
import { replicaSet } from './replica-set.ts'
import { service } from './service.ts'
import { statefulSet } from './stateful-set.ts'

/** What a kind's own rule says; undefined when it has no opinion. */
export type Rule = (object: KubernetesObject) => Health | undefined

/** The kinds with a rule of their own, by `group/kind`. */
export const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['/PersistentVolume', persistentVolume],
  ['/PersistentVolumeClaim', persistentVolumeClaim],
  ['/Pod', pod],
  ['/ReplicationController', replicaSet],
  ['/Service', service],
  ['apiextensions.k8s.io/CustomResourceDefinition', customResourceDefinition],
  ['apiregistration.k8s.io/APIService', apiService],
  ['apps/DaemonSet', daemonSet],
  ['apps/Deployment', deployment],
  ['apps/ReplicaSet', replicaSet],
  ['apps/StatefulSet', statefulSet],
  ['autoscaling/HorizontalPodAutoscaler', horizontalPodAutoscaler],
  ['batch/CronJob', cronJob],
  ['batch/Job', job],
  ['networking.k8s.io/Ingress', ingress],
  ['policy/PodDisruptionBudget', podDisruptionBudget],
])
