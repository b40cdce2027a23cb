import { createRequire } from 'node:module'

/** Below the package's own folder: as it is written, and as it is built. */
const PLACES = ['../../package.json', '../../../package.json']

/** The version of this package, as its own package.json has it. */
export function packageVersion(): string {
  const require = createRequire(import.meta.url)
  for (const place of PLACES) {
    try {
      const { name, version } = require(place) as { name?: string; version?: string }
      if (name === 'tokenkeeper' && version !== undefined) return version
    } catch {
      // It is built, and stands one folder deeper.
    }
  }
  return 'unknown'
}
