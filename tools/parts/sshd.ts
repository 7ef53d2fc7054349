import { debianRecipe } from './debian-recipe.ts'
import type { Part } from './part.ts'

/** A server for SSH, which serves Git repositories, and what makes keys for it. */
export const sshd: Part = {
  name: 'sshd',
  title: 'sshd',
  executables: [
    // Without a switch it knows it prints its version and what it takes.
    { name: 'sshd', probe: { args: ['-?'], accepts: (output) => output.includes('OpenSSH') } },
  ],
  usedBy: ['tools/ssh-server/index.ts'],
  recipe: debianRecipe({
    packages: ['openssh-server', 'libnss-wrapper'],
    executables: { sshd: { path: 'usr/sbin/sshd' } },
    cost: 'less than a minute, 1 to 5 MB of downloads',
  }),
}
