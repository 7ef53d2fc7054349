import type { Health } from '@mooring/core'

/** It does its job. */
export const healthy: Health = { state: 'healthy' }

/** It is on its way, or waits for something. */
export const progressing = (message: string): Health => ({ state: 'progressing', message: brief(message) })

/** It has failed, and will not get better by waiting alone as far as anybody can tell. */
export const degraded = (message: string): Health => ({ state: 'degraded', message: brief(message) })

/** Somebody stopped it on purpose. */
export const paused = (message: string): Health => ({ state: 'paused', message })

/** A message of at most 500 characters: observations are small, and strangers write long messages. */
export const brief = (message: string): string =>
  message.length > 500 ? `${message.slice(0, 499)}…` : message
