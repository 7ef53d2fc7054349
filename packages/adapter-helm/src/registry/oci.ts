import type { Abortable } from '@mooring/core'
import { chartLimits } from '../chart/chart.ts'
import type { OciChart } from '../chart/chart-reference.ts'
import { isMapping } from '../values/read-mapping.ts'
import type { RegistryAnswer, RegistryHttp, RegistryRequest } from './http.ts'
import { isLoopback } from './loopback.ts'
import { bearerToken } from './oci-token.ts'
import { accessDenied, chartNotFound, digestMismatch, indexInvalid } from './registry-errors.ts'
import { type Fetched, sha256 } from './repository.ts'

/** Media types of https://helm.sh/docs/topics/registries/. */
const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  chart: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  signature: 'application/vnd.cncf.helm.chart.provenance.v1.prov',
} as const

/**
 * Fetches a chart from an OCI registry (https://github.com/opencontainers/distribution-spec): manifest by digest or tag,
 * then its layer, each checked against the digest that names it.
 */
export async function fetchFromOci(
  chart: OciChart,
  { http, withSignature }: { readonly http: RegistryHttp; readonly withSignature: boolean },
  options: Abortable,
): Promise<Fetched> {
  const { version, digest } = chart
  const title = `${chart.oci}${version === undefined ? '' : `:${version}`}${digest === undefined ? '' : `@${digest}`}`
  const base = baseOf(chart.oci)
  const get = registryGet(http, base)
  // A tag cannot hold the plus of a version; Helm writes an underscore.
  const reference = digest ?? (version ?? '').replace('+', '_')
  const request = {
    url: new URL(`manifests/${reference}`, base),
    headers: { accept: mediaTypes.manifest },
    mostBytes: 1_048_576,
  }
  const manifest = await get(request, options)
  if (manifest.status === 404) throw chartNotFound(title, 'none in the registry')
  if (digest !== undefined && sha256(manifest.body) !== digest)
    throw digestMismatch(title, digest, sha256(manifest.body))
  const layers = layersIn(manifest)
  const layer = layers.find(({ mediaType }) => mediaType === mediaTypes.chart)
  if (layer === undefined) throw chartNotFound(title, 'something that is no Helm chart')
  const blob = async ({ digest: of }: Layer, mostBytes: number): Promise<Uint8Array> => {
    const { status, body } = await get({ url: new URL(`blobs/${of}`, base), mostBytes }, options)
    if (status === 404) throw chartNotFound(title, 'that its content is not in the registry')
    if (sha256(body) !== of) throw digestMismatch(title, of, sha256(body))
    return body
  }
  const content = await blob(layer, chartLimits.archiveBytes)
  const file = `${chart.oci.slice(chart.oci.lastIndexOf('/') + 1)}-${version ?? 'chart'}.tgz`
  const signed = withSignature
    ? layers.find(({ mediaType }) => mediaType === mediaTypes.signature)
    : undefined
  const signature = signed && (await blob(signed, 1_048_576))
  return { title, digest: layer.digest, content, file, ...(signature && { signature }) }
}

/** `oci://` over HTTPS; over HTTP where the registry is on this machine, as with every other client. */
function baseOf(oci: string): URL {
  const { hostname, host, pathname } = new URL(oci.replace(/^oci:/, 'https:'))
  return new URL(`${isLoopback(hostname) ? 'http' : 'https'}://${host}/v2${pathname}/`)
}

/** GET that fetches a token where the registry asks for one, and uses it from then on. */
function registryGet(http: RegistryHttp, base: URL) {
  let token: string | undefined
  return async (request: RegistryRequest, options: Abortable): Promise<RegistryAnswer> => {
    const send = (): Promise<RegistryAnswer> =>
      http.get({ ...request, accept: [401], ...(token !== undefined && { authorization: token }) }, options)
    const answer = await send()
    if (answer.status !== 401) return answer
    if (token !== undefined) throw accessDenied(request.url, 401)
    token = await bearerToken({ challenge: answer.headers['www-authenticate'] ?? '', base, http }, options)
    if (token === undefined) throw accessDenied(request.url, 401)
    const again = await send()
    if (again.status === 401) throw accessDenied(request.url, 401)
    return again
  }
}

interface Layer {
  readonly mediaType: string
  readonly digest: string
}

function layersIn({ body, url }: RegistryAnswer): readonly Layer[] {
  let manifest: unknown
  try {
    manifest = JSON.parse(new TextDecoder().decode(body))
  } catch {
    throw indexInvalid(url, 'a manifest that is no JSON')
  }
  const layers: unknown = isMapping(manifest) ? manifest.layers : undefined
  if (!Array.isArray(layers)) throw indexInvalid(url, 'a manifest without layers')
  return layers.flatMap((layer: unknown) => {
    const { mediaType, digest } = (isMapping(layer) ? layer : {}) as Readonly<Record<string, unknown>>
    if (typeof mediaType !== 'string' || typeof digest !== 'string') return []
    return /^sha256:[0-9a-f]{64}$/.test(digest) ? [{ mediaType, digest }] : []
  })
}
