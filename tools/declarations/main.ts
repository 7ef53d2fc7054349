import { globSync, readFileSync, writeFileSync } from 'node:fs'

// Run in a package after tsc. Sources import each other as `./x.ts` and tsc copies that into declarations, where
// no such file is published: here it becomes the `./x.js` that is.
for (const file of globSync('dist/**/*.d.ts')) {
  const text = readFileSync(file, 'utf8')
  const rewritten = text.replace(/((?:\bfrom|\bimport)\s*\(?\s*['"]\.{1,2}\/[^'"\n]*)\.ts(['"])/g, '$1.js$2')
  if (rewritten !== text) writeFileSync(file, rewritten)
}
