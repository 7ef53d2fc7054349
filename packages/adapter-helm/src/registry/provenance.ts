import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Abortable, MooringError } from '@mooring/core'
import type { Provenance } from './chart-registry.ts'
import type { Fetched } from './repository.ts'

/**
 * Checks the signature of an archive by `helm verify`: signed by a key of the keyring, and for exactly this content. Throws
 * `CHART_NOT_VERIFIED`.
 */
export async function verifyProvenance(
  { title, file, content, signature }: Fetched,
  { keyring, helm }: Provenance,
  options: Abortable,
): Promise<void> {
  if (signature === undefined) throw notVerified(title, 'no signature beside it')
  const name = /^[A-Za-z0-9][\w.+-]*\.tgz$/.test(file) ? file : 'chart.tgz'
  const { code } = await helm.run(
    {
      title: `helm verify of ${title}`,
      args: ['verify', `./${name}`, '--keyring', './keyring'],
      prepare: async (folder, signal) => {
        await writeFile(join(folder, name), content, { signal })
        await writeFile(join(folder, `${name}.prov`), signature, { signal })
        await writeFile(join(folder, 'keyring'), keyring, { signal })
      },
    },
    options,
  )
  if (code !== 0)
    throw notVerified(title, 'a signature that is by none of the given keys or for other content')
}

const notVerified = (title: string, found: string): MooringError =>
  new MooringError({
    code: 'CHART_NOT_VERIFIED',
    kind: 'permanent',
    message: `Expected ${title} to be signed by one of the given keys, found ${found}`,
    hint: 'Have the chart signed (helm package --sign), give the key it is signed by, or leave out provenance.',
  })
