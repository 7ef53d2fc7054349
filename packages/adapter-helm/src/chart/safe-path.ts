import type { MooringError } from '@mooring/core'
import { chartLimits } from './chart.ts'

/** Makes the error for what is wrong with a chart: `found` completes "found". */
export type Fail = (found: string) => MooringError

/** What is wrong with the path of a file in a chart, if anything is. Paths of files are told; they are no secret. */
export function faultInPath(path: string): string | undefined {
  const parts = path.replace(/^\.\//, '').split('/')
  if (path === '' || path.length > 1024 || hasControl.test(path)) return 'a file with an unusable name'
  if (path.startsWith('/') || path.includes('\\') || /^[A-Za-z]:/.test(path))
    return `a path that is not relative: ${path}`
  if (parts.some((part) => part === '..' || part === '')) return `a path that leads out of the chart: ${path}`
  return parts.length > chartLimits.depth ? `folders more than ${chartLimits.depth} deep` : undefined
}

const hasControl = /\p{Cc}/u
