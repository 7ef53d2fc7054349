import { once } from 'node:events'
import { createServer } from 'node:https'
import type { ControlPlane } from '../../../../tools/control-plane/index.ts'
import { certificate } from './certificates.ts'

/** A validating webhook that never answers: what writes config maps in one namespace waits in the API server. */
export interface HangingWebhook extends AsyncDisposable {
  readonly namespace: string
  /** Resolves when the next write waits. */
  readonly asked: () => Promise<void>
}

/** Makes the namespace and the webhook, which is in force when this resolves. */
export async function hangingWebhook({ admin, createNamespace }: ControlPlane): Promise<HangingWebhook> {
  const namespace = await createNamespace()
  const authority = certificate({ commonName: 'webhooks' })
  const server = createServer(certificate({ commonName: 'w', issuer: authority, addresses: ['127.0.0.1'] }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
  await admin.call('POST', path, { body: configuration(namespace, port, authority.cert) })
  const asked = async (): Promise<void> => void (await once(server, 'request'))
  // Webhooks come into force through a watch: writes tell when.
  const inForce = asked()
  for (let waits = false; !waits; ) {
    const probe = admin
      .call('PATCH', `/api/v1/namespaces/${namespace}/configmaps/probe?fieldManager=probe`, {
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } },
        contentType: 'application/apply-patch+yaml',
        timeoutMs: 2_000,
      })
      .then(
        () => false,
        () => false,
      )
    waits = await Promise.race([inForce.then(() => true), probe])
  }
  return {
    namespace,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await admin.call('DELETE', `${path}/${namespace}`)
    },
  }
}

const configuration = (namespace: string, port: number, authority: string): object => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: namespace },
  webhooks: [
    {
      name: 'hangs.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      timeoutSeconds: 30,
      clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: btoa(authority) },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }],
    },
  ],
})
