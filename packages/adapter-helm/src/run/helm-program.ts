import { join } from 'node:path'
import { env as inherited } from 'node:process'
import { type Abortable, type Clock, isMooringError, MooringError, systemClock } from '@mooring/core'
import { invalidOption } from '../invalid-option.ts'
import { helmVersion, isSupported } from './helm-version.ts'
import { privateFolder } from './private-folder.ts'
import { type ProcessLimits, type Ran, runProcess } from './run-process.ts'
import { slots } from './slots.ts'

/** How Helm is run. */
export interface HelmOptions {
  /** The executable. Default: `helm`, looked for on the PATH of this process. */
  readonly path?: string
  /** Default 4. Processes of Helm at once, over everything that shares this program. */
  readonly concurrency?: number
  /** Default 60,000. A run that takes longer is ended: `HELM_LIMIT_EXCEEDED`. */
  readonly timeoutMs?: number
  /** Default 1 GiB. A process that holds more is ended (on Linux; elsewhere nobody looks). */
  readonly memoryBytes?: number
  /** Default 64 MiB. A process that prints more is ended. */
  readonly outputBytes?: number
  /** Where the private folders of runs are made. Default: the system's folder for temporary files. */
  readonly folder?: string
  readonly clock?: Clock
}

/** The real Helm, run without a shell, each time in a private folder that goes with the run. */
export interface Helm {
  /**
   * Such as `4.1.4`. Asked once. Throws `HELM_NOT_FOUND`, and `HELM_VERSION` unless it is 3.14 or later, or 4.
   */
  readonly version: (options: Abortable) => Promise<string>
  /** Runs one command and waits for its end, whatever its exit code. Throws `HELM_LIMIT_EXCEEDED` and as `version`. */
  readonly run: (command: HelmCommand, options: Abortable) => Promise<Ran>
}

/** One run of Helm. */
export interface HelmCommand {
  /** For people, in errors: `helm template of chart podinfo`. */
  readonly title: string
  /** Paths in them are relative to the private folder. Never a secret: other users see them. */
  readonly args: readonly string[]
  /** What Helm reads from standard input: the place for secrets. */
  readonly input?: string
  /** Puts files into the private folder before Helm starts. */
  readonly prepare?: (folder: string, signal: AbortSignal) => Promise<void>
  /** Instead of what the program is made with. */
  readonly limits?: Partial<ProcessLimits>
}

/**
 * Helm as a program for any number of renderers and targets, which share its cap of processes. No I/O.
 *
 * Nothing of the machine's own Helm is used: no plugins, repositories, registry logins or caches, and no environment but
 * PATH. Throws `INVALID_OPTION`.
 */
export function helmProgram(options: HelmOptions = {}): Helm {
  const { path = 'helm', concurrency = 4, clock = systemClock, folder } = options
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw invalidOption('concurrency', 'a whole number from 1 on')
  const limits: ProcessLimits = {
    timeoutMs: options.timeoutMs ?? 60_000,
    memoryBytes: options.memoryBytes ?? 1_073_741_824,
    outputBytes: options.outputBytes ?? 67_108_864,
    graceMs: 5000,
  }
  const places = slots(concurrency)
  const run = async (command: HelmCommand, signal: AbortSignal): Promise<Ran> => {
    await using home = await privateFolder(folder)
    await command.prepare?.(home.path, signal)
    const { args, input } = command
    const spec = { path, args, folder: home.path, env: environment(home.path), clock }
    const used = { ...limits, ...command.limits }
    try {
      const ran = await runProcess({ ...spec, limits: used, ...(input !== undefined && { input }) }, signal)
      if (ran.exceeded !== undefined) throw limitExceeded(command.title, ran.exceeded, used)
      return ran
    } catch (error) {
      signal.throwIfAborted()
      throw isMooringError(error) ? error : cannotStart(path, error)
    }
  }
  let known: string | undefined
  const version = async ({ signal }: Abortable): Promise<string> => {
    if (known !== undefined) return known
    const ran = await run({ title: 'helm version', args: ['version', '--template', '{{.Version}}'] }, signal)
    const found = helmVersion(ran.stdout)
    if (found === undefined || !isSupported(found)) throw wrongVersion(path, found)
    known = found
    return found
  }
  return {
    version: (abortable) => places.within(abortable.signal, () => version(abortable)),
    run: (command, { signal }) =>
      places.within(signal, async () => {
        await version({ signal })
        return run(command, signal)
      }),
  }
}

/** All that Helm keeps stands in the private folder. HOME is for what asks for it in spite of that. */
function environment(folder: string): Readonly<Record<string, string>> {
  const own = (name: string): string => join(folder, '.helm', name)
  const { PATH = '/usr/local/bin:/usr/bin:/bin' } = inherited
  return {
    PATH,
    HOME: own('home'),
    HELM_CACHE_HOME: own('cache'),
    HELM_CONFIG_HOME: own('config'),
    HELM_DATA_HOME: own('data'),
    HELM_PLUGINS: own('plugins'),
    HELM_REGISTRY_CONFIG: own('registry.json'),
    HELM_REPOSITORY_CONFIG: own('repositories.yaml'),
    HELM_REPOSITORY_CACHE: own('repository'),
    KUBECONFIG: own('kubeconfig'),
  }
}

function limitExceeded(
  title: string,
  limit: NonNullable<Ran['exceeded']>,
  limits: ProcessLimits,
): MooringError {
  const allowed = {
    time: `end within ${limits.timeoutMs} ms`,
    memory: `hold at most ${Math.round(limits.memoryBytes / 1_048_576)} MiB of memory`,
    output: `print at most ${Math.round(limits.outputBytes / 1_048_576)} MiB`,
  }[limit]
  return new MooringError({
    code: 'HELM_LIMIT_EXCEEDED',
    // A busy machine may have been too slow; memory and output are the chart's own.
    kind: limit === 'time' ? 'transient' : 'permanent',
    message: `Expected ${title} to ${allowed}; it was ended`,
    hint: 'Look for loops over large numbers in the chart, or raise the limit where the chart is known to need it.',
  })
}

const cannotStart = (path: string, cause: unknown): MooringError =>
  new MooringError({
    code: 'HELM_NOT_FOUND',
    kind: 'permanent',
    message: `Expected Helm as ${path}, found none that starts (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`,
    hint: 'Install Helm 3.14 or later, or 4, on the PATH of this process, or give its path as the option path of helmProgram().',
    cause,
  })

const wrongVersion = (path: string, found: string | undefined): MooringError =>
  new MooringError({
    code: 'HELM_VERSION',
    kind: 'permanent',
    message: `Expected ${path} to be Helm 3.14 or later, or 4, found ${found ?? 'something that tells no version'}`,
    hint: 'Install a supported Helm, or name one by the option path of helmProgram().',
  })
