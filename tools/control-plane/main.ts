import { podBehaviours, startControlPlane } from './index.ts'

/** `pnpm control-plane`: one in the foreground, until Ctrl-C. */
console.log(
  'Starting a Kubernetes control plane: etcd, kube-apiserver, controllers, scheduler, kwok with 2 nodes.',
)
await using controlPlane = await startControlPlane()
const tags = Object.entries(podBehaviours).map(([tag, what]) => `  ${`:${tag}`.padEnd(14)} ${what}`)
console.log(`
Ready: ${controlPlane.url}, with everybody's rights for ${controlPlane.admin.name}.

  export KUBECONFIG=${controlPlane.kubeconfigFile}
  kubectl get nodes

Nothing runs in a pod. What becomes of it, the tag of its image says; any other is ready at once:
${tags.join('\n')}

Ctrl-C stops it and removes everything.`)
await new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
})
console.log('\nStopping.')
