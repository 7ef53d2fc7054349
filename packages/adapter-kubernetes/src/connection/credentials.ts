/** What one request needs to reach the API server and to be somebody there. A secret as a whole: never log it. */
export interface Credentials {
  /** Without user information, query or trailing slash; may have a path, behind a proxy such as Rancher's. */
  readonly serverUrl: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  readonly rejectUnauthorized: boolean
  /** Names in lower case. An array is sent as that many headers, which only HTTP/1.1 can do here. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** Of the kubeconfig's `proxy-url`; may hold a password. */
  readonly proxy?: string
  /** Digest of everything that a connection is made of. Another one asks for new sockets. */
  readonly material: string
}
