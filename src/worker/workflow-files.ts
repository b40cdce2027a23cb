import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The module with every workflow: `.js` in the built package, `.ts` in the source tree. */
export function workflowsPath(): string {
  return existingFile(new URL('../../workflows/', import.meta.url), ['index.js', 'index.ts'])
}

/** The modules of workflow code that all workflows of a worker may share. */
export function sharedModulesPath(): string {
  const folder = new URL('../../workflows/', import.meta.url)
  return existingFile(folder, ['shared-modules.js', 'shared-modules.ts'])
}

/** The payload converter that never stalls a token workflow. */
export function tolerantConverterPath(): string {
  return existingFile(new URL('../../workflows/', import.meta.url), ['payload-converter.cjs'])
}

/** The first of `names` that is in a folder of this package. */
export function existingFile(folder: URL, names: readonly string[]): string {
  const paths = names.map((name) => fileURLToPath(new URL(name, folder)))
  const path = paths.find((candidate) => existsSync(candidate))
  if (path !== undefined) return path
  throw new Error(
    `tokenkeeper's workflow code is missing at ${paths.join(' and ')}: don't bundle tokenkeeper into one file; leave it in node_modules.`,
  )
}
