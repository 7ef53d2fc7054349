import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** A chart in the folder `shop` of a repository, and what tests want of it. */
export interface ChartUnderTest {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  /** Of the release `shop`. */
  readonly deployment: string
  readonly values: (wanted: { readonly tag: string; readonly replicas: number }) => object
}

/** A small chart of our own and, where somebody has put it beside the checkout, podinfo's. */
export async function chartsUnderTest(): Promise<readonly ChartUnderTest[]> {
  const files = await podinfoFiles()
  const podinfo: ChartUnderTest = {
    name: 'podinfo',
    files,
    deployment: 'shop-podinfo',
    values: ({ tag, replicas }) => ({
      replicaCount: replicas,
      image: { tag },
      serviceAccount: { enabled: true },
    }),
  }
  return Object.keys(files).length === 0 ? [own] : [own, podinfo]
}

const own: ChartUnderTest = {
  name: 'web',
  deployment: 'shop-web',
  values: ({ tag, replicas }) => ({ image: { tag }, replicas }),
  files: {
    'shop/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'shop/values.yaml': 'replicas: 1\nimage: { repository: registry.example.com/web, tag: none }\n',
    'shop/templates/NOTES.txt': 'The shop is open with {{ .Values.replicas }} servers.\n',
    'shop/templates/web.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: { app: {{ .Release.Name }} }
  template:
    metadata:
      labels: { app: {{ .Release.Name }} }
    spec:
      containers:
        - name: server
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  selector: { app: {{ .Release.Name }} }
  ports: [{ port: 80 }]
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  tag: {{ .Values.image.tag | quote }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Release.Name }}
`,
  },
}

async function podinfoFiles(): Promise<Readonly<Record<string, string>>> {
  const root = fileURLToPath(new URL('../../../../shared/fixtures/podinfo/charts/podinfo/', import.meta.url))
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  const files: Record<string, string> = {}
  for (const entry of entries) {
    const path = `${entry.parentPath}/${entry.name}`.replaceAll('//', '/')
    if (entry.isFile()) files[`shop/${path.slice(root.length)}`] = await readFile(path, 'utf8')
  }
  return files
}
