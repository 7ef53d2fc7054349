import { parts } from './catalog.ts'
import { cacheFolder, obtain } from './obtain.ts'

/** `pnpm parts [name...]`: obtains what tests use and says where it is. */
const names = process.argv.slice(2)
const unknown = names.filter((name) => parts.every((part) => part.name !== name))
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. The parts are ${parts.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}
for (const part of parts.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const obtained = await obtain(part)
  if (obtained.state === 'here')
    for (const path of Object.values(obtained.paths)) console.log(`${part.name}: ${path} (${obtained.from})`)
  else console.log(`${part.name}: ${obtained.state}, ${obtained.reason}`)
  if (obtained.state === 'failed') process.exitCode = 1
}
console.log(`The cache is ${cacheFolder()}.`)
