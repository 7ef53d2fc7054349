import { goRecipe } from './go-recipe.ts'
import type { Part } from './part.ts'

const version = 'v1.36.3'

/** The processes of a Kubernetes control plane. Their versions have to fit each other. */
export const kubernetes: Part = {
  name: 'kubernetes',
  title: 'Kubernetes control plane (kube-apiserver, kube-controller-manager, kube-scheduler)',
  executables: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) => ({
    name,
    probe: { args: ['--version'], accepts: (output) => /^Kubernetes v1\.36\./m.test(output) },
  })),
  variables: ['KUBEBUILDER_ASSETS'],
  recipe: goRecipe({
    module: 'kubernetes',
    packages: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    },
    linkerFlags: [`-X k8s.io/component-base/version.gitVersion=${version}`],
    cost: 'about 5 minutes on 2 cores, 0.7 GB of downloads',
  }),
}
