import { gzipSync } from 'node:zlib'
import { MooringError } from '@mooring/core'
import { expect, test } from 'vitest'
import { chartLimits } from '../../src/chart/chart.ts'
import { readArchive } from '../../src/chart/read-archive.ts'
import { type ArchiveEntry, archiveOf, chartArchive } from '../archives.ts'
import { failureOf } from '../charts.ts'

const fail = (found: string) => new MooringError({ code: 'CHART_INVALID', kind: 'permanent', message: found })
const chartYaml: ArchiveEntry = { path: 'demo/Chart.yaml', content: 'name: demo\n' }
const refusalOf = async (archive: Uint8Array): Promise<string> =>
  (await failureOf(readArchive(archive, fail))).message

test('files stand under their paths without the folder of the archive', async () => {
  const archive = chartArchive('demo', {
    'Chart.yaml': 'name: demo',
    'templates/a/b.yaml': 'a: 1',
    empty: '',
  })
  const files = await readArchive(archive, fail)
  expect([...files.keys()]).toEqual(['Chart.yaml', 'templates/a/b.yaml', 'empty'])
  expect(Buffer.from(files.get('templates/a/b.yaml') ?? '').toString()).toBe('a: 1')
})

test.each<[string, ArchiveEntry, string]>([
  [
    'a symbolic link',
    { path: 'demo/pw', type: 'SymbolicLink', linkpath: '/etc/passwd' },
    'no plain file (SymbolicLink)',
  ],
  ['a hard link', { path: 'demo/pw', type: 'Link', linkpath: 'demo/Chart.yaml' }, 'no plain file (Link)'],
  ['a device', { path: 'demo/null', type: 'CharacterDevice' }, 'no plain file (CharacterDevice)'],
  ['a pipe', { path: 'demo/pipe', type: 'FIFO' }, 'no plain file (FIFO)'],
  ['a path that goes up', { path: 'demo/../../evil', content: 'x' }, 'leads out of the chart'],
  ['an absolute path', { path: '/etc/cron.d/evil', content: 'x' }, 'not relative'],
  ['a Windows path', { path: 'demo\\..\\evil', content: 'x' }, 'not relative'],
  ['a control character', { path: 'demo/a\nb', content: 'x' }, 'an unusable name'],
  ['folders without end', { path: `demo/${'a/'.repeat(40)}b`, content: 'x' }, 'more than 32 deep'],
  ['the same file again', { ...chartYaml, content: 'name: other\n' }, 'the same file twice'],
])('%s is refused', async (_, entry, says) => {
  expect(await refusalOf(archiveOf([chartYaml, entry]))).toContain(says)
})

test('what claims to be larger than it may be is refused without reading on', async () => {
  const entry = { path: 'demo/big', content: 'x', size: 3_000_000_000 }
  expect(await refusalOf(archiveOf([chartYaml, entry]))).toContain('a file of more than 20 MiB')
})

test('many files that are too much together are refused', async () => {
  const entries = Array.from({ length: 6 }, (_, at) => ({ path: `demo/${at}`, content: 'x'.repeat(1000) }))
  const limits = { ...chartLimits, bytes: 5000 }
  const { message } = await failureOf(readArchive(archiveOf(entries), fail, limits))
  expect(message).toMatch(/^more than .* MiB of files$/)
})

test('more files than charts have are refused', async () => {
  const entries = Array.from({ length: 10_001 }, (_, at) => ({ path: `demo/${at}` }))
  expect(await refusalOf(archiveOf(entries))).toContain('more than 10000 files')
})

test.each([
  ['no archive', Buffer.from('<html>not found</html>')],
  ['a gzipped something', gzipSync('hello, this is no tar archive at all'.repeat(100))],
  [
    'half an archive',
    chartArchive('demo', { 'Chart.yaml': 'name: demo', big: 'x'.repeat(100_000) }).subarray(0, 150),
  ],
])('%s is refused', async (_, archive) => {
  expect(await refusalOf(archive)).toContain('no gzipped tar archive, or a damaged one')
})
