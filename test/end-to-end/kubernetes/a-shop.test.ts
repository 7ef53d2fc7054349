import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import { scene, service } from './scene.ts'

const controlPlane = sharedControlPlane()

/** Manifests by file, and one of them with a Service that others can do without. */
interface Shop {
  readonly files: Readonly<Record<string, string>>
  readonly one: string
}

const shops: readonly { readonly of: string; readonly shop: () => Promise<Shop | undefined> }[] = [
  { of: 'a shop of our own', shop: async () => ({ files: ourShop(), one: 'cart' }) },
  { of: 'microservices-demo', shop: microservicesDemo },
]

describe.each(shops)('$of', ({ shop }) => {
  test('reaches the cluster, is healed, pruned and brought back, and a broken commit changes nothing', async (context) => {
    const content = await shop()
    if (content === undefined) return context.skip('its manifests are not on this machine')
    const { files, one } = content
    const given = await scene({ controlPlane: controlPlane(), files })
    const { engine, repository, namespace, call, told } = given
    given.add('shop', 'app', { pruneBudget: { max: 10, shareOfFew: 1, shareOfMany: 1 } })
    await engine.start()
    const first = await repository.idOf()
    const { resources } = await given.synced('shop', first)
    expect(resources).toBe(countDocuments(files))

    const deployments = async () =>
      (await call('GET', `/apis/apps/v1/namespaces/${namespace}/deployments`)).body.items
    for (const { metadata, status } of await deployments()) {
      const available = status.conditions.find(({ type }: { type: string }) => type === 'Available')
      expect([metadata.name, available.status]).toEqual([metadata.name, 'True'])
    }

    // Another field manager changes a field; somebody deletes a Service.
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${one}`
    const image = async () => (await call('GET', path)).body.spec.template.spec.containers[0].image
    const before = await image()
    const container = (await call('GET', path)).body.spec.template.spec.containers[0].name
    await call('PATCH', `${path}?fieldManager=intruder`, {
      body: { spec: { template: { spec: { containers: [{ name: container, image: 'evil:1' }] } } } },
      contentType: 'application/strategic-merge-patch+json',
    })
    await expect.poll(image, { timeout: 20_000 }).toBe(before)
    const services = `/api/v1/namespaces/${namespace}/services`
    await call('DELETE', `${services}/${one}`)
    await expect
      .poll(async () => (await call('GET', `${services}/${one}`)).status, { timeout: 20_000 })
      .toBe(200)
    await given.synced('shop', first)

    // A commit that removes one service prunes exactly what it had; a revert brings it back.
    const file = Object.keys(files).find((name) => files[name]?.includes(`name: ${one}\n`)) ?? ''
    const inFile = countDocuments({ file: files[file] ?? '' })
    told.length = 0
    const removed = await repository.commit({ message: `remove ${one}`, files: { [file]: null } })
    await given.synced('shop', removed)
    expect(appliedOf(told, 'delete')).toHaveLength(inFile)
    expect(appliedOf(told, 'create')).toEqual([])
    expect((await call('GET', `${services}/${one}`)).status).toBe(404)
    const reverted = await repository.commit({ message: 'revert', files: { [file]: files[file] ?? '' } })
    await given.synced('shop', reverted)
    expect((await call('GET', `${services}/${one}`)).status).toBe(200)

    // A broken manifest changes nothing and says where it is.
    const versions = async () => (await deployments()).map(({ metadata }: never) => metadata)
    const live = await versions()
    const elsewhere = Object.keys(files).find((name) => name !== file) ?? ''
    await repository.commit({
      files: { [elsewhere]: `${files[elsewhere]}\n---\n${mustNotCome}`, 'app/broken.yaml': brokenYaml },
    })
    await expect
      .poll(async () => (await engine.status('shop')).lastError?.message, { timeout: 20_000 })
      .toMatch(/app\/broken\.yaml:4\b/)
    expect(await versions()).toEqual(live)
    expect((await call('GET', `/api/v1/namespaces/${namespace}/configmaps/must-not-come`)).status).toBe(404)
  })
})

const mustNotCome = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: must-not-come }\n'
const brokenYaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: tabs\n'

const appliedOf = (told: readonly { readonly type: string }[], action: string) =>
  told.filter(
    (event) => event.type === 'change.applied' && (event as never as Applied).change.action === action,
  )

interface Applied {
  readonly change: { readonly action: string }
}

const countDocuments = (files: Readonly<Record<string, string>>): number =>
  Object.values(files)
    .flatMap((text) => text.split(/^---$/m))
    .filter((document) => /^kind:/m.test(document) && !document.includes('kustomize.config')).length

function ourShop(): Record<string, string> {
  const names = ['cart', 'catalogue', 'checkout', 'frontend', 'payment']
  return Object.fromEntries(names.map((name) => [`app/${name}.yaml`, service(name)]))
}

async function microservicesDemo(): Promise<Shop | undefined> {
  const folder = new URL(
    '../../../../shared/fixtures/microservices-demo/kubernetes-manifests',
    import.meta.url,
  ).pathname
  const names = await readdir(folder).catch(() => undefined)
  if (names === undefined) return undefined
  const files: Record<string, string> = {}
  for (const name of names.filter((one) => one.endsWith('.yaml'))) {
    files[`app/${name}`] = await readFile(join(folder, name), 'utf8')
  }
  return { files, one: 'cartservice' }
}
