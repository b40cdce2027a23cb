import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The path of a module of this package, whether it runs from its TypeScript source or from its build. */
export function locate(relative: string): string {
  const path = fileURLToPath(new URL(`../../${relative}`, import.meta.url))
  const source = path.replace(/\.js$/, '.ts')
  return existsSync(path) ? path : source
}
