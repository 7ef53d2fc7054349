import { type ChangeAction, isHeal, type PlannedChange } from '../model/change.ts'
import type { Json } from '../model/json.ts'
import type { Hold, Plan } from '../model/plan.ts'
import { placeOf } from './index-by-key.ts'
import { lineDiff } from './line-diff.ts'
import { printJson } from './print-json.ts'
import type { PatchStep, ResourceDiff } from './resource-diff.ts'

/** How a summary looks. */
export interface SummaryOptions {
  /** What each change does, from `engine.diff`. Left out: one line for each change. */
  readonly diffs?: readonly ResourceDiff[]
  /** ANSI colours. Default false. */
  readonly colour?: boolean
}

/**
 * A plan for people to read: what would be done, in which order and why, what is held back and how it is released.
 *
 *     Plan 8Zk2rQ3v of shop · main@1f3c9a2 "raise the limits" · 2 changes, 11 unchanged
 *
 *       ~ config/limits.json   changed
 *           - "cpu": 1
 *           + "cpu": 2
 *       - old.json             removed   held: PRUNE_OFF
 */
export function summary(plan: Plan, { diffs = [], colour = false }: SummaryOptions = {}): string {
  const paint = colour ? ansi : plain
  const byKey = new Map(diffs.map((diff) => [diff.key, diff]))
  const heldBy = new Map(plan.holds.flatMap((hold) => hold.keys.map((key) => [key, hold] as const)))
  const width = plan.changes.reduce((widest, { label }) => Math.max(widest, Math.min(48, label.length)), 0)
  const stages = new Set(plan.changes.map((change) => change.stage)).size
  const lines = [headline(plan, paint), '']
  let stage = -1
  for (const change of plan.changes) {
    if (stages > 1 && change.stage !== stage) lines.push(paint.dim(`  stage ${change.stage + 1}`))
    stage = change.stage
    lines.push(changeLine(change, heldBy.get(change.key), width, paint))
    for (const step of byKey.get(change.key)?.steps ?? []) lines.push(...stepLines(step, paint))
  }
  for (const { label, reason } of plan.waiting)
    lines.push(`  ${paint.yellow('?')} ${clean(label)}   waits: ${clean(reason)}`)
  if (plan.changes.length + plan.waiting.length > 0) lines.push('')
  for (const hold of plan.holds) lines.push(...holdLines(hold, paint))
  return lines.join('\n').trimEnd()
}

type Paint = Record<'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold', (text: string) => string>

const code = (start: number, end: number) => (text: string) => `\u001b[${start}m${text}\u001b[${end}m`
const ansi: Paint = {
  green: code(32, 39),
  red: code(31, 39),
  yellow: code(33, 39),
  cyan: code(36, 39),
  dim: code(2, 22),
  bold: code(1, 22),
}
const same = (text: string): string => text
const plain: Paint = { green: same, red: same, yellow: same, cyan: same, dim: same, bold: same }

function headline(plan: Plan, paint: Paint): string {
  const { revision, changes, unchanged } = plan
  const message =
    revision.message === undefined ? '' : ` "${clean(revision.message.split('\n', 1)[0] ?? '')}"`
  const count = changes.length === 0 ? 'nothing to change' : plural(changes.length, 'change')
  return [
    paint.bold(clean(`Plan ${plan.id.slice(0, 8)} of ${plan.application}`)),
    `${clean(revision.label ?? revision.id)}${message}`,
    `${count}, ${unchanged} unchanged`,
  ].join(paint.dim(' · '))
}

const symbols: Record<ChangeAction, readonly [string, keyof Paint]> = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  delete: ['-', 'red'],
  replace: ['±', 'red'],
  release: ['○', 'cyan'],
}

function changeLine(change: PlannedChange, hold: Hold | undefined, width: number, paint: Paint): string {
  const [symbol, hue] = symbols[change.action]
  const why = isHeal(change) ? `${change.reason} (heal)` : change.reason
  const held = hold === undefined ? '' : paint.yellow(`   held: ${hold.code}`)
  const origin = change.origin === undefined ? '' : paint.dim(`   ${clean(placeOf(change.origin))}`)
  const label = clean(change.label).padEnd(width)
  const because = change.because === undefined ? '' : paint.dim(`   ${clean(change.because)}`)
  return `  ${paint[hue](`${symbol} ${label}`)}   ${paint.dim(why)}${origin}${held}${because}`
}

function stepLines(step: PatchStep, paint: Paint): readonly string[] {
  const indent = '      '
  const name = step.path === '' ? '' : `${clean(step.path)}: `
  const { before, after } = step
  if (typeof before === 'string' && typeof after === 'string' && isText(before, after)) {
    return [
      `${indent}${paint.dim(name.trimEnd())}`,
      ...lineDiff(before, after).map(({ sign, line }) => `${indent}  ${shade(sign, clean(line), paint)}`),
    ]
  }
  const removed = before === undefined ? [] : printed(before).map((line) => shade('-', line, paint))
  const added = after === undefined ? [] : printed(after).map((line) => shade('+', line, paint))
  if (removed.length <= 1 && added.length <= 1)
    return oneLine(step, name, paint).map((line) => `${indent}${line}`)
  const title = name === '' ? [] : [`${indent}${paint.dim(name.trimEnd())}`]
  return [...title, ...[...removed, ...added].map((line) => `${indent}  ${line}`)]
}

function oneLine({ before, after }: PatchStep, name: string, paint: Paint): readonly string[] {
  const was = before === undefined ? undefined : printed(before)[0]
  const is = after === undefined ? undefined : printed(after)[0]
  if (was !== undefined && is !== undefined)
    return [`${name}${paint.red(was)} ${paint.dim('→')} ${paint.green(is)}`]
  return [was === undefined ? paint.green(`+ ${name}${is ?? ''}`) : paint.red(`- ${name}${was}`)]
}

const isText = (before: string, after: string): boolean => before.includes('\n') || after.includes('\n')

const shade = (sign: '-' | '+' | ' ' | '…', line: string, paint: Paint): string => {
  const text = `${sign} ${line}`
  return sign === '-' ? paint.red(text) : sign === '+' ? paint.green(text) : paint.dim(text)
}

const longest = 20

function printed(value: Json): readonly string[] {
  const lines = printJson(value).map(clean)
  return lines.length > longest
    ? [...lines.slice(0, longest), `… ${lines.length - longest} more lines`]
    : lines
}

function holdLines(hold: Hold, paint: Paint): readonly string[] {
  const mark = hold.holdsOperation ? paint.red('held') : paint.dim('left')
  return [`  ${mark} ${hold.code}: ${clean(hold.message)}`, paint.dim(`       → ${clean(hold.release)}`)]
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Text from Git or a target must not move the cursor, forge lines, or turn the direction of writing around. */
const clean = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '\ufffd')
