import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MooringError } from '@mooring/core'
import { isFullRefName } from '../options/ref-name.ts'

const maxHops = 5

/**
 * What a full name such as `refs/heads/main` points at in a git folder; undefined when it is not there. Right while
 * somebody commits, and while somebody packs the refs: a ref is packed before its file goes, so looking at the file, then
 * at the packed ones, then at the file again cannot miss it.
 */
export async function readRef(gitFolder: string, name: string): Promise<string | undefined> {
  let current = name
  for (let hop = 0; hop < maxHops; hop++) {
    const found =
      (await readLoose(gitFolder, current)) ??
      (await readPacked(gitFolder)).get(current) ??
      (await readLoose(gitFolder, current))
    if (found === undefined) return undefined
    const target = /^ref: (.+)$/.exec(found)?.[1]
    if (target === undefined) return idIn(found, current, gitFolder)
    if (!isFullRefName(target)) return undefined
    current = target
  }
  return undefined
}

const readLoose = async (gitFolder: string, name: string): Promise<string | undefined> =>
  (await textIn(join(gitFolder, name)))?.trim()

/** Names of all branches and tags. */
export async function listRefs(gitFolder: string): Promise<readonly string[]> {
  const folders = ['refs/heads', 'refs/tags']
  const loose = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(join(gitFolder, folder), { recursive: true, withFileTypes: true }).catch(
        () => [],
      )
      const from = join(gitFolder, '/').length
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(from))
    }),
  )
  return [...new Set([...loose.flat(), ...(await readPacked(gitFolder)).keys()])]
}

async function readPacked(gitFolder: string): Promise<ReadonlyMap<string, string>> {
  const text = (await textIn(join(gitFolder, 'packed-refs'))) ?? ''
  const lines = text.matchAll(/^([0-9a-f]{40}) (refs\/.+)$/gm)
  return new Map([...lines].map(([, id = '', name = '']) => [name, id]))
}

async function textIn(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    const { code } = thrown as { code?: unknown }
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw thrown
  }
}

function idIn(text: string, name: string, gitFolder: string): string {
  if (/^[0-9a-f]{40}$/.test(text)) return text
  throw new MooringError({
    code: 'REPOSITORY_CORRUPT',
    kind: 'transient',
    message: `Expected ${name} in ${gitFolder} to hold the id of an object, found something else`,
    hint: 'Run `git fsck` there.',
  })
}
