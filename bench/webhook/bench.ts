import { createHmac } from 'node:crypto'
import { availableParallelism, loadavg } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { webhookHandler } from '@mooring/source-git'
import { type Bench, median, row } from '../report.ts'

const forged = 100_000
const rounds = 20
const each = forged / rounds
const secret = 'the secret of whoever may send webhooks'
const target = 2
const heapTarget = 2
const mebibyte = 1024 * 1024

/** What requests cost that are forged: nearly well signed, with a body as GitHub sends it. */
export const bench: Bench = async () => {
  const collect = garbageCollector()
  const woken: unknown[] = []
  const handle = webhookHandler({
    secrets: { github: secret },
    sources: [{ url: 'https://github.com/example/env', source: 'env' }],
    wake: (source) => void woken.push(source),
  })
  const refuse = async (at: number): Promise<void> => {
    const { status } = await handle(requestOf(at))
    if (status !== 401) throw new Error(`Expected 401, found ${status}`)
  }
  // What compiles on first use counts for neither side.
  for (let at = 0; at < each; at++) await refuse(at)
  for (let at = 0; at < each; at++) await plain(at)
  const load = loadavg()[0] ?? 0
  const ours: number[] = []
  const theirs: number[] = []
  const before = await settledMemory(collect)
  let sent = 0
  for (let round = 0; round < rounds; round++) {
    // The other way round every second time, so that a machine that slows down favours neither.
    for (const isOurs of round % 2 === 0 ? [true, false] : [false, true]) {
      const started = process.hrtime.bigint()
      for (let at = 0; at < each; at++) await (isOurs ? refuse(sent + at) : plain(sent + at))
      const took = Number(process.hrtime.bigint() - started) / 1000 / each
      if (isOurs) ours.push(took)
      else theirs.push(took)
    }
    sent += each
  }
  const after = await settledMemory(collect)
  const genuine = requestOf(0, true)
  if ((await handle(genuine)).status !== 202) throw new Error('Expected the genuine one to be taken')
  const ratios = ours.map((took, at) => took / (theirs[at] ?? Number.NaN))
  return {
    title: 'webhook: what forged requests cost',
    conditions: [
      `${sent.toLocaleString('en-US')} requests with a body of ${body.length} bytes, each with another signature that does not fit`,
      `reference: the same Request read with arrayBuffer(), and the HMAC of its body; ${rounds} rounds in turns, ratio of the medians of pairs`,
      'both make the Request they read; ours makes the Response too',
      `Node ${process.version}, ${availableParallelism()} cores, load ${load.toFixed(1)} before`,
    ],
    rows: [
      row({
        metric: 'sources woken by forged requests',
        unit: 'sources',
        value: woken.length - 1,
        target: 0,
        better: 'lower',
      }),
      row({
        metric: 'one forged request',
        unit: 'us',
        value: median(ours),
        reference: median(theirs),
        ratio: median(ratios),
        target,
        better: 'lower',
      }),
      row({
        metric: 'heap grown after all of them',
        unit: 'MiB',
        value: (after - before) / mebibyte,
        target: heapTarget,
        better: 'lower',
      }),
    ],
  }
}

const body = Buffer.from(
  JSON.stringify({
    ref: 'refs/heads/main',
    repository: { clone_url: 'https://github.com/example/env.git' },
    commits: Array.from({ length: 20 }, (_, at) => ({
      id: at.toString(16).padStart(40, '0'),
      message: `Raise the number of replicas of service ${at}\n\nIt has become slow in the evening.`,
      timestamp: '2026-11-21T12:00:00+01:00',
      author: { name: 'Ada Test', email: 'ada@example.com', username: 'ada' },
      modified: [`apps/service-${at}/values.yaml`, `apps/service-${at}/${'x'.repeat(40)}.yaml`],
    })),
  }),
)

const sumOf = (content: Uint8Array): string => createHmac('sha256', secret).update(content).digest('hex')

function requestOf(at: number, isGenuine = false): Request {
  const signature = isGenuine ? sumOf(body) : at.toString(16).padStart(64, 'f')
  return new Request('http://127.0.0.1/hooks', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'x-github-event': 'push',
      'x-github-delivery': `forged-${at}`,
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
  })
}

async function plain(at: number): Promise<void> {
  const content = new Uint8Array(await requestOf(at).arrayBuffer())
  if (sumOf(content).length !== 64) throw new Error('Expected a digest')
}

/** Heap and what hangs on it, once what nobody holds any more is gone: streams go in several turns. */
async function settledMemory(collect: () => void): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    collect()
    await setTimeout(20)
  }
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Node gives it out on demand only. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
