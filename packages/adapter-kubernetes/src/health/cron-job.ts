import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { fieldsOf } from './fields.ts'
import { healthy, paused } from './verdict.ts'

/** A CronJob is a timetable: healthy whatever became of its Jobs, which are not its own state. */
export const cronJob = (object: KubernetesObject): Health =>
  fieldsOf(object.spec).suspend === true ? paused('suspended') : healthy
