import { dockerRegistry } from './docker-registry.ts'
import { etcd } from './etcd.ts'
import { git } from './git.ts'
import { gitLfs } from './git-lfs.ts'
import { helm } from './helm.ts'
import { kubectl } from './kubectl.ts'
import { kubernetes } from './kubernetes.ts'
import { kwok } from './kwok.ts'
import type { Part } from './part.ts'
import { sshKeygen } from './ssh-keygen.ts'
import { sshd } from './sshd.ts'

/** Every part, each in the file that has its name. */
export const parts: readonly Part[] = [
  git,
  gitLfs,
  kubernetes,
  etcd,
  kwok,
  helm,
  kubectl,
  dockerRegistry,
  sshKeygen,
  sshd,
]
