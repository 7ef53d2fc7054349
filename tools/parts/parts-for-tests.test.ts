import { describe, expect, test } from 'vitest'
import { reach } from './reach.ts'
import { selection } from './selection.ts'

describe('what a test reaches', () => {
  test('includes what the modules it imports import', () => {
    const reached = reach()('tools/control-plane/control-plane.test.ts')
    expect([...reached]).toEqual(expect.arrayContaining(['tools/parts/kubernetes.ts', 'tools/parts/etcd.ts']))
  })

  test('does not include parts it has nothing to do with', () => {
    expect([...reach()('tools/parts/zip.test.ts')]).toEqual(['tools/parts/zip.test.ts', 'tools/parts/zip.ts'])
  })
})

describe('the tests selected by', () => {
  const files = ['packages/core/test/plan.test.ts', 'tools/parts/zip.test.ts', 'test/end-to-end/one.test.ts']
  const selectedBy = (...argv: string[]): readonly string[] => files.filter(selection(argv))

  test('nothing are all', () => {
    expect(selectedBy('run')).toEqual(files)
  })

  test('a word are those whose path contains it', () => {
    expect(selectedBy('run', 'zip')).toEqual(['tools/parts/zip.test.ts'])
  })

  test('a path with a line is the file', () => {
    expect(selectedBy('run', './packages/core/test/plan.test.ts:12')).toEqual([
      'packages/core/test/plan.test.ts',
    ])
  })

  test('a project are those of the project', () => {
    expect(selectedBy('run', '--project', 'workspace')).toEqual(['test/end-to-end/one.test.ts'])
    expect(selectedBy('run', '--project=core')).toEqual(['packages/core/test/plan.test.ts'])
  })

  test('a pattern for projects may be all', () => {
    expect(selectedBy('run', '--project', '!core')).toEqual(files)
  })

  test('the name of a test may be all, for names are not known yet', () => {
    expect(selectedBy('run', '-t', 'zip')).toEqual(files)
  })
})
