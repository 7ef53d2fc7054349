import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ApplyResult, Call, Change, ChangeAction, Observation, Target } from '@mooring/core'
import { testCall } from '@mooring/core/testing'
import { type DirectoryOptions, directory, type FileManifest } from '../src/index.ts'

/** A directory target in a temporary folder, and hands to play the engine and everybody else. */
export interface Scene extends AsyncDisposable {
  /** The folder above the directory: what must never be touched. */
  readonly outside: string
  /** The directory, which does not exist at first. */
  readonly root: string
  readonly target: Target<FileManifest>
  readonly call: Call
  /** Plans against what is there now, as the engine does, and applies. */
  readonly apply: (manifest: FileManifest, by?: Call) => Promise<ApplyResult>
  readonly end: (path: string, action: 'delete' | 'release', by?: Call) => Promise<ApplyResult>
  readonly see: (path: string) => Promise<Observation | undefined>
  /** Reads or writes below the root, as anybody may. */
  readonly read: (path: string) => Promise<string>
  readonly edit: (path: string, content: string) => Promise<void>
}

export async function scene(options: DirectoryOptions = {}): Promise<Scene> {
  const outside = await realpath(await mkdtemp(join(tmpdir(), 'mooring-directory-')))
  const root = join(outside, 'www')
  const target = directory(root, options)
  const call = testCall()
  const see: Scene['see'] = async (path) => (await target.observe([path], call)).get(path)
  return {
    outside,
    root,
    target,
    call,
    see,
    apply: async (manifest, by = call) =>
      target.apply(await writing(target, manifest, await see(manifest.path), by), by),
    end: async (path, action, by = call) => target.apply(change(path, action, await see(path)), by),
    read: (path) => readFile(join(root, path), 'utf8'),
    edit: async (path, content) => {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), content)
    },
    [Symbol.asyncDispose]: async () => {
      await target[Symbol.asyncDispose]()
      await rm(outside, { recursive: true, force: true })
    },
  }
}

/** A text file as it should be. */
export const text = (path: string, content = `content of ${path}\n`, executable = false): FileManifest => ({
  path,
  executable,
  encoding: 'utf8',
  content,
})

/** The change that writes a file, planned against what was seen. */
export async function writing(
  target: Target<FileManifest>,
  manifest: FileManifest,
  seen: Observation | undefined,
  by: Call,
): Promise<Change<FileManifest>> {
  const [desired] = (await target.prepare([{ manifest }], by)).desired
  if (desired === undefined) throw new Error('Expected one desired file')
  return {
    ...change(manifest.path, seen === undefined ? 'create' : 'update', seen),
    to: desired.digest,
    desired,
  }
}

/** A change without a body, planned against what was seen. */
export function change(
  path: string,
  action: ChangeAction,
  seen: Observation | undefined,
): Change<FileManifest> {
  const expects =
    seen?.version === undefined
      ? { kind: 'absent' as const }
      : { kind: 'present' as const, version: seen.version }
  return { key: path, label: path, action, reason: 'changed', expects, stage: 0 }
}

/** The code of the error a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return (await failureOf(promise)).code
}

/** The error a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<{
  readonly code?: unknown
  readonly kind?: unknown
  readonly message: string
  readonly hint?: string
}> {
  return promise.then(
    () => ({ message: 'nothing was thrown' }),
    (thrown) => thrown,
  )
}
