/**
 * A time in which an application's target may be changed, or may not. Several make a rule: while one of kind `deny` is open
 * nothing is changed, and where there are any of kind `allow`, nothing is changed while none of those is open.
 */
export interface SyncWindow {
  readonly kind: 'allow' | 'deny'
  /**
   * When it opens: five fields of crontab (minute, hour, day of month, month, day of week). A time that the change to
   * summer time skips is the moment after the gap; one that the change back repeats is its first occurrence.
   */
  readonly schedule: string
  /** Where the schedule is read, as the IANA calls it: `Europe/Berlin`. */
  readonly timeZone: string
  /** How long it stays open: time that passes, not what clocks on the wall show. */
  readonly durationMs: number
  /** Default false. True: an operation that has begun, with its hooks or its writes, may finish although this window says no by then. */
  readonly overrun?: boolean
  /** Default false. True: what a person asks for is done, to the end of the operation, although this window says no. */
  readonly manual?: boolean
  /** Default false: drift is undone whatever the time. True: not while this window says no. */
  readonly holdsHeals?: boolean
  /** Stands in the hold: `peak season`. */
  readonly reason?: string
}
