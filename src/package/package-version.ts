import { createRequire } from 'node:module'

/** Below the package's own folder: as it is written, and as it is built. */
const MANIFESTS = ['../../package.json', '../../../package.json']

/** The version of this package, as its own package.json has it. */
export function packageVersion(): string {
  const require = createRequire(import.meta.url)
  for (const manifest of MANIFESTS) {
    try {
      const { name, version } = require(manifest) as {
        name?: string | undefined
        version?: string | undefined
      }
      if (name === 'tokenkeeper' && version !== undefined) return version
    } catch {
      // It is built, and stands one folder deeper.
    }
  }
  return 'unknown'
}
