// Plain JavaScript for Node 14 and later: it has to run where the rest cannot, to say why.
const floor = [22, 19]
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < floor[0] || (major === floor[0] && minor < floor[1])) {
  console.error(
    `Expected Node ${floor.join('.')} or later, got ${process.versions.node}: run this through pnpm ` +
      '(npx -y pnpm@12 install, then npx -y pnpm@12 test), which brings its own Node 24.',
  )
  process.exit(1)
}
