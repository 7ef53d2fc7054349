import { gitHttp } from './git-http.ts'
import type { GitConnections, GitServer } from './git-server.ts'
import { gitSsh } from './git-ssh.ts'

/** Connections to a server by the way its URL names. Opens none yet. */
export function connectionsTo(server: GitServer): GitConnections {
  const { location } = server
  return location.kind === 'ssh' ? gitSsh({ ...server, location }) : gitHttp(server)
}
