const template = (app: string, image: string, more: object = {}): object => ({
  metadata: { labels: { app } },
  spec: { ...more, containers: [{ name: 'main', image }] },
})

/** A Deployment of one container, `main`. */
export const deployment = (name: string, image: string, replicas = 1): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, image) },
})

/** A Job of one container, `main`, that is tried once. */
export const job = (name: string, image: string): object => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: { backoffLimit: 0, template: template(name, image, { restartPolicy: 'Never' }) },
})
