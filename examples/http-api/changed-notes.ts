// A watch: hints to look again, never data. When the connection ends the engine asks anew, and looks at everything.
import type { WatchHint } from '@mooring/core'

/** The id of each note that anybody writes, as it happens, until the signal aborts. */
export async function* changedNotes(api: string, signal: AbortSignal): AsyncGenerator<WatchHint> {
  const { body } = await fetch(`${api}/changes`, { signal })
  let unfinished = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (unfinished + chunk).split('\n')
    unfinished = lines.pop() ?? ''
    if (lines.length > 0) yield { keys: lines }
  }
}
