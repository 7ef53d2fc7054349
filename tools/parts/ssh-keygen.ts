import { debianRecipe } from './debian-recipe.ts'
import type { Part } from './part.ts'

/** OpenSSH's `ssh-keygen`, with which Git signs commits and tags. */
export const sshKeygen: Part = {
  name: 'ssh-keygen',
  title: 'ssh-keygen of OpenSSH',
  executables: [
    {
      name: 'ssh-keygen',
      // An option it does not know makes it print all it does.
      probe: { args: ['-?'], accepts: (output) => output.includes('-Y sign') },
    },
  ],
  usedBy: ['packages/source-git/test/trust/signing.ts'],
  onPath: true,
  recipe: debianRecipe({
    packages: ['openssh-client'],
    executables: { 'ssh-keygen': { path: 'usr/bin/ssh-keygen' } },
    cost: 'less than a minute, 1 to 5 MB of downloads',
  }),
}
