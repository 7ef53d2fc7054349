import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../workspace/packages.ts'

/** A copy of the workspace in which anything may be broken. */
export interface WorkspaceCopy extends Disposable {
  readonly path: string
}

/**
 * Copies what is not ignored. What is installed is linked, entry by entry, except our own packages: those are the copy's,
 * so that nothing in it reaches the sources it was made from.
 */
export function workspaceCopy(): WorkspaceCopy {
  const path = mkdtempSync(join(tmpdir(), 'mooring-promises-'))
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  })
  const files = listed
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(root, file)))
  for (const file of files) {
    mkdirSync(dirname(join(path, file)), { recursive: true })
    cpSync(join(root, file), join(path, file))
  }
  const folders = [
    '.',
    ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`),
    'tools',
    'bench',
    'examples',
  ]
  for (const folder of folders) linkInstalled(folder, path)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

const ours = '@mooring'

function linkInstalled(folder: string, copy: string): void {
  const installed = join(root, folder, 'node_modules')
  if (!existsSync(installed)) return
  const linked = join(copy, folder, 'node_modules')
  mkdirSync(linked, { recursive: true })
  // Not what pnpm keeps there for itself: a pnpm that runs in the copy would rewrite it, for the checkout too.
  for (const name of readdirSync(installed).filter((entry) => entry !== ours && !entry.startsWith('.')))
    symlinkSync(realpathSync(join(installed, name)), join(linked, name))
  if (!existsSync(join(installed, ours))) return
  mkdirSync(join(linked, ours))
  for (const name of readdirSync(join(installed, ours))) {
    const source = realpathSync(join(installed, ours, name)).slice(root.length)
    symlinkSync(join(copy, source), join(linked, ours, name))
  }
}
