import { withoutValues } from '@mooring/adapter-kubernetes/parts'
import { MooringError } from '@mooring/core'
import type { Chart } from '../chart/chart.ts'
import { inChartsWords } from '../template/in-charts-words.ts'
import { labelOfRelease, partsOfKey } from './release.ts'

/** Helm ended a command on a release with an error. */
export function runFailed(
  verb: string,
  key: string,
  printed: string,
  chart: Chart | undefined,
  then = '',
): MooringError {
  return new MooringError({
    code: 'HELM_RUN_FAILED',
    kind: 'transient',
    message: `Expected helm ${verb} of ${labelOfRelease(key)} to succeed, found: ${saidBy(printed, key, chart)}${then}`,
    hint: 'helm status and helm history tell more. What fails the same way again is given up after the retries of its remediation.',
  })
}

/** The same failed too often. */
export const givenUp = (key: string, failures: number, why: string): MooringError =>
  new MooringError({
    code: 'HELM_RELEASE_GIVEN_UP',
    kind: 'permanent',
    message: `${labelOfRelease(key)}: expected this chart with these values to work, found ${failures} failed ${failures === 1 ? 'revision' : 'revisions'}${why}`,
    hint: 'Change the chart or its values, or go back to the commit before. Call retry() of the target to have the same tried once more.',
  })

/** Helm applied it, and it did not come up. */
export const notReady = (key: string, waitMs: number, why: string): MooringError =>
  new MooringError({
    code: 'HELM_RELEASE_NOT_READY',
    kind: 'transient',
    message: `Expected ${labelOfRelease(key)} to be healthy within ${waitMs / 1000} s of its upgrade, found ${why}`,
    hint: 'Look at the object named. What needs longer wants a longer timeoutMs; waitForReady: false waits for nothing.',
  })

/** `helm test` failed. */
export const testFailed = (key: string, printed: string, chart: Chart): MooringError =>
  new MooringError({
    code: 'HELM_TEST_FAILED',
    kind: 'transient',
    message: `Expected helm test of ${labelOfRelease(key)} to pass, found: ${saidBy(printed, key, chart)}`,
    hint: 'Look at the pods of the test in the namespace of the release.',
  })

/** Somebody may be at it. */
export const releaseBusy = (key: string, status: string, revision: number): MooringError =>
  new MooringError({
    code: 'HELM_RELEASE_BUSY',
    kind: 'transient',
    message: `Expected nobody to be at ${labelOfRelease(key)}, found revision ${revision} in ${status}`,
    hint: 'It may be somebody’s upgrade in progress. If nobody ends it, it counts as cut off after a while (stuckAfterMs).',
    retryAfterMs: 5000,
  })

function saidBy(printed: string, key: string, chart: Chart | undefined): string {
  const { namespace, name } = partsOfKey(key)
  const lines = printed.split('\n').filter((line) => !/^(?:level=|WARNING|I\d{4}|W\d{4}|\d{4}\/)/.test(line))
  const text = withoutValues(
    lines
      .join(' ')
      .replace(/\s+/g, ' ')
      .replace(/^\s*Error: /, '')
      .trim(),
  ).slice(0, 1000)
  const none: Chart = { name, version: '', files: new Map(), sources: [], placeOf: (path) => path }
  const known = { path: '', text: `${namespace} ${name} ${ofReleases}` }
  const { sources } = chart ?? none
  return inChartsWords(text, { ...(chart ?? none), sources: [...sources, known] })
}

/** Words of Helm and of the API server about releases and objects. */
const ofReleases = `upgrade failed install installation uninstall rollback release timed out waiting for the condition Job Pod
  Deployment StatefulSet Service ConfigMap Secret phase Failed BackoffLimitExceeded DeadlineExceeded resource resources ready
  not still InProgress status pre post hook hooks context canceled cancelled deadline another operation is progress cannot be
  imported existing conflict conflicts occurred applying object with using previous deployed already exists forbidden User
  API group namespace namespaces server client connection refused Kubernetes cluster unreachable unable build objects manifest
  ensure CRDs are installed first no matches apps batch v1 warning deployments replicas metadata spec patch create update get`
