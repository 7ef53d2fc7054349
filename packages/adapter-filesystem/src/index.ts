export { type DirectoryOptions, directory } from './directory.ts'
export { files } from './files.ts'
export type { FileManifest } from './manifest.ts'
