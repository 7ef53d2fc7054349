import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostPattern } from '../../src/options/git-policy.ts'
import { locate } from '../../src/options/location.ts'
import { readGitmodules } from '../../src/submodules/gitmodules.ts'
import { submoduleLocation } from '../../src/submodules/submodule-url.ts'

const section = (name: string, path: string, url: string): string =>
  `[submodule "${name}"]\n\tpath = ${path}\n\turl = ${url}\n`

describe('a .gitmodules', () => {
  test('names the URL of each path, and nothing else in it counts', () => {
    const text = `# ours
[core]
\tsshCommand = touch x
${section('a', 'vendor/a', '../a.git')}\tupdate = !touch x
\tbranch = main
[submodule "b \\"two\\""] ; second
\tpath = "vendor/b b" # quoted
\tURL = "https://git.example.com/b#c"   ; comment
`
    const named = readGitmodules(text)
    expect(named('vendor/a')).toEqual({ url: '../a.git' })
    expect(named('vendor/b b')).toEqual({ url: 'https://git.example.com/b#c' })
    expect(named('vendor')).toBeUndefined()
  })

  test.for([
    [
      'two sections with one path',
      section('a', 'lib', '../a') + section('b', 'lib', '../b'),
      'two in .gitmodules',
    ],
    [
      'two of one name, with other URLs',
      section('a', 'lib', '../a') + section('a', 'lib', '../b'),
      'two paths or URLs',
    ],
    ['two URLs', `${section('a', 'lib', '../a')}\turl = ../b\n`, 'two paths or URLs'],
    ['no URL', '[submodule "a"]\n\tpath = lib\n', 'no URL'],
    ['an empty URL', section('a', 'lib', ''), 'no URL'],
    ['a name that leads out of .git/modules', section('../../evil', 'lib', '../a'), 'a name in .gitmodules'],
    ['a name that leads out with backslashes', section('..\\\\x', 'lib', '../a'), 'a name in .gitmodules'],
    ['a line that is none', `${section('a', 'lib', '../a')}what is this\n`, 'cannot be read'],
    ['a value that goes on', section('a', 'lib', '../a\\'), 'cannot be read'],
    ['an open quote', section('a', 'lib', '"../a'), 'cannot be read'],
    ['a carriage return in a path (CVE-2025-48384)', section('a', '"lib\r"', '../a'), 'cannot be read'],
    ['a carriage return in a URL', section('a', 'lib', '"../a\r"'), 'cannot be read'],
  ])('with %s is refused', ([, text = '', why]) => {
    expect(readGitmodules(text)('lib')).toEqual({ refused: expect.stringContaining(why ?? '') as unknown })
  })

  test.for(['-x', 'a/../b', '/etc', '.git/hooks', 'a//b', 'a/.GIT', 'a\\\\b'])(
    'does not lead to the path %s',
    (path) => {
      const named = readGitmodules(section('a', path, '../a'))
      expect(named(path.replace('\\\\', '\\'))).toEqual({
        refused: expect.stringContaining('a path') as unknown,
      })
    },
  )

  test('of any text is read or refused, at once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...'[]"\\=#;\r\n\t /.-'.split(''), 'submodule', 'path', 'url', 'x', '../')),
        (parts) => {
          const found = readGitmodules(parts.join(''))('x')
          expect(found === undefined || 'url' in found || 'refused' in found).toBe(true)
        },
      ),
    )
  })
})

describe('the URL of a submodule', () => {
  const at = (url: string, parent: string, hosts: readonly string[] = []): string => {
    const found = submoduleLocation(
      url,
      locate(parent),
      hosts.map((host) => hostPattern(host, 'hosts')),
    )
    return 'refused' in found
      ? `refused: ${found.refused}`
      : found.kind === 'local'
        ? found.folder
        : found.url
  }
  const env = 'https://git.example.com/team/env.git'

  test.for([
    ['../lib.git', env, 'https://git.example.com/team/lib.git'],
    ['../../other/lib', env, 'https://git.example.com/other/lib'],
    ['./lib', env, 'https://git.example.com/team/env.git/lib'],
    ['.././../lib/', env, 'https://git.example.com/lib'],
    ['https://git.example.com/x', env, 'https://git.example.com/x'],
    ['HTTPS://Git.Example.com:443/x', env, 'https://git.example.com/x'],
    ['https://git.example.com:8443/x', 'https://git.example.com:8443/env', 'https://git.example.com:8443/x'],
    ['https://git.example.com/x', 'ssh://git@git.example.com:2222/env', 'https://git.example.com/x'],
    ['../lib', 'http://git.example.com:8080/team/env', 'http://git.example.com:8080/team/lib'],
    ['../lib', 'git@git.example.com:team/env.git', 'ssh://git@git.example.com/~/team/lib'],
    ['../../x/lib', 'git@git.example.com:team/env.git', 'ssh://git@git.example.com/~/x/lib'],
    ['../lib', 'ssh://git@git.example.com:2222/srv/env', 'ssh://git@git.example.com:2222/srv/lib'],
    ['git@git.example.com:x.git', 'git@git.example.com:team/env.git', 'ssh://git@git.example.com/~/x.git'],
  ])('%s of %s leads to %s', ([url = '', parent = '', expected]) => {
    expect(at(url, parent)).toBe(expected)
  })

  test.for([
    ['../../../x', env],
    ['../../..', env],
    ['../..', env],
    ['../../../evil.example/x', env],
    ['../a/../../../../x', env],
    ['../%2e%2e/%2e%2e/x', env],
    ['../a%2f..%2fb', env],
    ['..\\x', env],
    ['../../../x', 'git@git.example.com:team/env.git'],
    ['../lib', '/srv/env.git'],
    ['-uhttps://git.example.com/x', env],
    ['--upload-pack=touch x', env],
    ['ext::sh -c touch% x', env],
    ['fd::17/x', env],
    ['git://git.example.com/x', env],
    ['file:///srv/secret.git', env],
    ['file:///srv/secret.git', '/srv/env.git'],
    ['/srv/secret.git', env],
    ['secret.git', env],
    ['C:\\secret', env],
    ['https://ada:pw@git.example.com/x', env],
    ['https://git.example.com/x?y', env],
    ['http://git.example.com/x', env],
    ['https://git.example.com:9200/x', env],
    ['https://evil.example/x', env],
    ['https://git.example.com.evil.example/x', env],
    ['https://git.example.com@evil.example/x', env],
    ['http://169.254.169.254/latest', env],
    ['ssh://git@git.example.com/x', env],
    ['git@git.example.com:x', env],
    ['ssh://root@git.example.com/x', 'ssh://git@git.example.com/env'],
    ['ssh://git@git.example.com:2222/x', 'ssh://git@git.example.com/env'],
    ['ssh://-oProxyCommand=touch%20x/y', 'ssh://git@git.example.com/env'],
    ['https://git.example.com/a%0ab', env],
  ])('%s of %s is refused', ([url = '', parent = '']) => {
    const found = at(url, parent)
    expect(found).toMatch(/^refused: /)
    expect(found).not.toContain('pw')
  })

  test('may lead to hosts that are named, but not to the clear and not to SSH', () => {
    expect(at('https://lib.example.com/x', env, ['*.example.com'])).toBe('https://lib.example.com/x')
    expect(at('http://lib.example.com/x', env, ['*.example.com'])).toContain('refused')
    expect(at('ssh://git@lib.example.com/x', env, ['*.example.com'])).toContain('refused')
    expect(at('https://lib.example.com/x', '/srv/env.git', ['lib.example.com'])).toBe(
      'https://lib.example.com/x',
    )
  })
})
