/** The chart of the benchmark: a ConfigMap with a value, a Service and a ServiceAccount. */
export const chart: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: greeter\nversion: 1.0.0\n',
  'values.yaml': 'greeting: hello\n',
  'templates/all.yaml': [
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  greeting: {{ .Values.greeting | quote }}\n',
    'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ .Release.Name }}\n',
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  ports: [{ port: 80 }]\n',
  ].join('---\n'),
}

/** Names of releases. */
export const nameOf = (at: number): string => `r${at}`
