import fs from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import git from 'isomorphic-git'
import http from 'isomorphic-git/http/node'
import { changedFiles, follow } from './steps.ts'

const url = process.argv[2] ?? ''
const dir = await mkdtemp(join(tmpdir(), 'mooring-bench-'))
const cache = {}
const common = { fs, dir, gitdir: dir, cache } as const
await git.init({ ...common, bare: true, defaultBranch: 'main' })
await git.addRemote({ ...common, remote: 'origin', url })
let isFirst = true
process.on('exit', () => fs.rmSync(dir, { recursive: true, force: true }))

async function fetchNewest(): Promise<string> {
  // Depth again would download everything again.
  const depth = isFirst ? { depth: 1 } : {}
  isFirst = false
  const { fetchHead } = await git.fetch({
    ...common,
    http,
    ref: 'main',
    singleBranch: true,
    tags: false,
    ...depth,
  })
  return fetchHead ?? ''
}

follow({
  look: async (path) => {
    const oid = await fetchNewest()
    const tree = await git.readTree({ ...common, oid, ...(path === '' ? {} : { filepath: path }) })
    let files = 0
    const trees = [tree.tree]
    for (const entries of trees) {
      for (const entry of entries) {
        if (entry.type === 'tree') trees.push((await git.readTree({ ...common, oid: entry.oid })).tree)
        else if (entry.type === 'blob') {
          await git.readBlob({ ...common, oid: entry.oid })
          files++
        }
      }
    }
    return files
  },
  poll: async () => {
    await git.listServerRefs({ http, url, prefix: 'refs/heads/main', protocolVersion: 2 })
    return 0
  },
  news: async () => {
    const oid = await fetchNewest()
    for (const filepath of changedFiles) await git.readBlob({ ...common, oid, filepath })
    return changedFiles.length
  },
})
