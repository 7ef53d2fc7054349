import { at, type Json, listAt, textAt, texts } from './read-json.ts'
import type { WebhookEvent, WebhookProvider } from './webhook-event.ts'

/** What a payload names. */
export type Named = Pick<WebhookEvent, 'repositories' | 'refs' | 'path'>

/**
 * Reads what each provider sends when refs have moved, as their documentation has it. Nothing else of a payload is looked
 * at: neither commits nor ids nor people.
 */
export const payloadReaders: Readonly<Record<WebhookProvider, (payload: Json) => Named>> = {
  github: forge,
  gitea: forge,
  forgejo: forge,
  gogs: forge,
  gitlab: (payload) => ({
    // A system hook has the project only; older versions have the repository beside it.
    repositories: texts(
      ...['git_http_url', 'git_ssh_url', 'web_url', 'http_url', 'ssh_url'].map((name) =>
        textAt(payload, 'project', name),
      ),
      ...['git_http_url', 'git_ssh_url', 'homepage', 'url'].map((name) =>
        textAt(payload, 'repository', name),
      ),
    ),
    refs: refsOf(textAt(payload, 'ref')),
  }),
  'bitbucket-cloud': (payload) => ({
    repositories: texts(textAt(payload, 'repository', 'links', 'html', 'href'), ...links(payload, 'clone')),
    refs: changesOf(listAt(payload, 'push', 'changes'), (change) =>
      ['new', 'old'].flatMap((side) => {
        const name = textAt(change, side, 'name')
        const type = textAt(change, side, 'type')
        if (name === undefined) return []
        return type === 'tag' ? [`refs/tags/${name}`] : [`refs/heads/${name}`]
      }),
    ),
  }),
  'bitbucket-data-center': (payload) => {
    const project = textAt(payload, 'repository', 'project', 'key')
    const slug = textAt(payload, 'repository', 'slug')
    return {
      repositories: texts(...links(payload, 'clone')),
      // Before version 7.13 there are no addresses in it.
      ...(project === undefined || slug === undefined ? {} : { path: `${project}/${slug}`.toLowerCase() }),
      refs: changesOf([...listAt(payload, 'changes'), ...listAt(payload, 'refChanges')], (change) =>
        texts(textAt(change, 'ref', 'id') ?? textAt(change, 'refId')),
      ),
    }
  },
  'azure-devops': (payload) => ({
    repositories: texts(
      ...['remoteUrl', 'url', 'sshUrl', 'webUrl'].map((name) =>
        textAt(payload, 'resource', 'repository', name),
      ),
    ),
    refs: changesOf(listAt(payload, 'resource', 'refUpdates'), (update) => texts(textAt(update, 'name'))),
  }),
  generic: (payload) => {
    const several = listAt(payload, 'repository').filter((one) => typeof one === 'string')
    const refs = listAt(payload, 'refs').filter((one) => typeof one === 'string')
    return {
      repositories: texts(textAt(payload, 'repository'), ...several),
      refs: refs.length === 0 ? 'unknown' : refs,
    }
  },
}

/** GitHub and those that speak as it does. */
function forge(payload: Json): Named {
  const repository = at(payload, 'repository')
  const ref = textAt(payload, 'ref')
  const type = textAt(payload, 'ref_type')
  return {
    repositories: texts(
      ...['clone_url', 'ssh_url', 'html_url', 'git_url', 'url'].map((name) => textAt(repository, name)),
    ),
    // A push has the full name; `create` and `delete` have a short one and say of what.
    refs:
      ref !== undefined && type !== undefined
        ? [`refs/${type === 'tag' ? 'tags' : 'heads'}/${ref}`]
        : refsOf(ref),
  }
}

const refsOf = (ref: string | undefined): Named['refs'] =>
  ref === undefined ? 'unknown' : [ref.startsWith('refs/') ? ref : `refs/heads/${ref}`]

/** No list of changes, or one with a change that names no ref, may mean any. */
function changesOf(changes: readonly Json[], read: (change: Json) => readonly string[]): Named['refs'] {
  const refs = changes.map(read)
  return refs.length === 0 || refs.some((names) => names.length === 0) ? 'unknown' : [...new Set(refs.flat())]
}

const links = (payload: Json, name: string): readonly string[] =>
  texts(...listAt(payload, 'repository', 'links', name).map((link) => textAt(link, 'href')))
