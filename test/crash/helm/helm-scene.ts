import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ControlPlane, startControlPlane } from '../../../tools/control-plane/index.ts'
import { helmPath } from '../../../tools/parts/helm.ts'
import { run } from '../../../tools/parts/run.ts'
import { type Random, randomOf } from '../random.ts'
import { runProcess } from '../run-process.ts'
import type { HelmAssignment } from './helm-agent.ts'

/** Who is killed: the engine, its run of Helm, or both. Helm goes on alone when only the engine dies. */
type Victim = 'engine' | 'helm' | 'both'

interface Place {
  readonly controlPlane: ControlPlane
  readonly assignment: Omit<HelmAssignment, 'files'>
  readonly random: Random
}

/**
 * Kills engines and their Helm amid upgrades of one release, commit after commit, prints what it counted, and gives what is
 * wrong, in words: a release left pending, a revision lost, an old value, a hook that ran without an upgrade of its own.
 */
export async function helmScene(
  seed: number,
  wantedKills: number,
  print: (line: string) => void,
): Promise<readonly string[]> {
  const controlPlane = await startControlPlane({ controllers: false })
  const folder = mkdtempSync(join(tmpdir(), 'mooring-crash-helm-'))
  const wrong: string[] = []
  const kills: Record<Victim, number> = { engine: 0, helm: 0, both: 0 }
  const left: Record<string, number> = {}
  try {
    const { kubeconfig } = controlPlane.admin
    const namespace = await controlPlane.createNamespace()
    const store = join(folder, 'state.db')
    const assignment = { kubeconfig, namespace, helm: await helmPath(), store }
    const place: Place = { controlPlane, assignment, random: randomOf(seed) }
    const killed = (): number => kills.engine + kills.helm + kills.both
    let commits = 0
    for (; killed() < wantedKills; commits++) {
      const told = { ...assignment, files: filesOf(commits) }
      for (let kill = 0; kill < 3; kill++) {
        const victim = await killOne(told, place)
        if (victim === undefined) break
        kills[victim]++
        const status = (await history(place)).at(-1)?.status ?? 'no revision'
        left[`${victim}: ${status}`] = (left[`${victim}: ${status}`] ?? 0) + 1
      }
      const before = await history(place)
      const wasThere = before.at(-1)?.status === 'deployed' && (await liveValue(place)) === String(commits)
      await runProcess(agent, told)
      wrong.push(...(await differences(place, commits, wasThere ? before.length : undefined)))
      print(`${killed()} kills, ${commits + 1} commits, ${wrong.length} wrong`)
    }
    const revisions = await history(place)
    const ran = await hookRuns(place)
    const failed = revisions.filter(({ description }) => description.includes('was cut off')).length
    print(JSON.stringify({ seed, commits, kills, left }, undefined, 2))
    print(`${revisions.length} revisions, ${failed} of them cut off; the hook ran ${ran} times`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await controlPlane.stop()
  }
  return wrong
}

const agent = new URL('./helm-agent.ts', import.meta.url).pathname

/** Runs an agent and kills somebody while Helm is at it. Undefined where the agent came to its end before that. */
async function killOne(told: HelmAssignment, place: Place): Promise<Victim | undefined> {
  const { random, assignment } = place
  // Half of them once Helm has written down that it is at it, half at any moment after its start.
  const isMidway = random.below(2) === 0
  const victim = random.pick<Victim>(['engine', 'helm', 'both'])
  const delayMs = random.below(isMidway ? 100 : 500)
  const ended = new AbortController()
  let hasKilled = false
  const strike = async (): Promise<void> => {
    while (!ended.signal.aborted && upgradesIn(assignment.namespace).length === 0) await sleep(5)
    while (isMidway && !ended.signal.aborted && !(await isPending(place))) await sleep(10)
    await sleep(delayMs)
    if (ended.signal.aborted) return
    const found = upgradesIn(assignment.namespace)
    if (victim === 'helm' && found.length === 0) return
    hasKilled = true
    if (victim !== 'helm') for (const id of processesWith(`"store":"${told.store}"`)) kill(id)
    if (victim !== 'engine') for (const id of found) kill(id)
  }
  const striking = strike()
  await runProcess(agent, told)
  ended.abort()
  await striking
  return hasKilled ? victim : undefined
}

async function isPending({ controlPlane, assignment }: Place): Promise<boolean> {
  const selector = encodeURIComponent('owner=helm,status in (pending-install,pending-upgrade)')
  const path = `/api/v1/namespaces/${assignment.namespace}/secrets?labelSelector=${selector}`
  return (await controlPlane.admin.call('GET', path)).body.items.length > 0
}

function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

const processesWith = (text: string): readonly number[] =>
  readdirSync('/proc').flatMap((id) => {
    if (!/^\d+$/.test(id) || Number(id) === process.pid) return []
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(text) ? [Number(id)] : []
    } catch {
      return []
    }
  })

const upgradesIn = (namespace: string): readonly number[] =>
  processesWith(`--namespace=${namespace}\0`).filter((id) => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('mooring.dev/run')
    } catch {
      return false
    }
  })

/** What is not as it would be without a crash. `settledAt`: revisions there were when it was up to date already. */
async function differences(
  place: Place,
  commit: number,
  settledAt: number | undefined,
): Promise<readonly string[]> {
  const revisions = await history(place)
  const live = await liveValue(place)
  const ran = await hookRuns(place)
  // Helm calls what was cut off superseded too, once the next upgrade has worked and nothing had been deployed before.
  const worked = revisions.filter(
    ({ status, description }) =>
      (status === 'deployed' || status === 'superseded') && !description.includes('was cut off'),
  ).length
  const wrong = [
    revisions.some(({ status }) => status.startsWith('pending')) && 'pending: a revision was left so',
    revisions.some(({ revision }, at) => revision !== at + 1) &&
      'lost: revisions are not one after the other',
    revisions.at(-1)?.status !== 'deployed' && `not deployed: ${revisions.at(-1)?.status}`,
    live !== String(commit) && `old: the value is ${live}`,
    settledAt !== undefined && revisions.length > settledAt && 'needless: upgraded what was deployed',
    worked > commit + 1 && `needless: ${worked} revisions worked for ${commit + 1} commits`,
    ran > revisions.length && `hook: it ran ${ran} times in ${revisions.length} revisions`,
  ]
  return wrong.flatMap((one) => (one === false ? [] : [`commit ${commit}: ${one}`]))
}

async function history({ assignment, controlPlane }: Place) {
  const { namespace, helm } = assignment
  const args = ['history', 'rel', '--max=1000', '--output=json', `--namespace=${namespace}`]
  const { stdout } = await run(helm, [...args, `--kubeconfig=${controlPlane.kubeconfigFile}`])
  return JSON.parse(stdout === '' ? '[]' : stdout) as readonly {
    readonly revision: number
    readonly status: string
    readonly description: string
  }[]
}

async function liveValue({ assignment, controlPlane }: Place): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${assignment.namespace}/configmaps/rel-0`
  const { status, body } = await controlPlane.admin.call('GET', path)
  return status === 200 ? body.data.value : undefined
}

/** How often the API server was asked to make the hook: Helm deletes the one before, and makes it anew. */
async function hookRuns({ assignment, controlPlane }: Place): Promise<number> {
  const { namespace } = assignment
  const all = await controlPlane.requests()
  return all.filter(
    ({ verb, resource, namespace: place }) =>
      resource === 'serviceaccounts' && place === namespace && (verb === 'create' || verb === 'patch'),
  ).length
}

/** A chart with a hook and so many objects that an upgrade takes its time. */
const filesOf = (commit: number): Readonly<Record<string, string>> => ({
  'app/Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.0.0\n',
  'app/values.yaml': `value: "${commit}"\n`,
  'app/templates/hook.yaml': `apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Release.Name }}-hook
  annotations: { helm.sh/hook: "pre-install,pre-upgrade" }
`,
  'app/templates/all.yaml': `{{ range until 20 }}---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $.Release.Name }}-{{ . }}
data:
  value: {{ $.Values.value | quote }}
{{ end }}`,
})
