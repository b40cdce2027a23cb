import type { SyncFunctions } from '../../activities/keeper/sync-functions.js'
import type { KeeperOptions } from './keeper-options.js'

const FUNCTION_NAME = /^[A-Za-z_][\w.-]{0,99}$/

/** @throws TypeError for a name or a function that is none */
export function syncFunctions({
  sinks = {},
  transforms = {},
}: Pick<KeeperOptions, 'sinks' | 'transforms'>): SyncFunctions {
  return { sinks: byName('sinks', sinks), transforms: byName('transforms', transforms) }
}

function byName<F>(option: string, functions: Readonly<Record<string, F>>): ReadonlyMap<string, F> {
  const entries = Object.entries(functions)
  for (const [name, value] of entries) {
    if (!FUNCTION_NAME.test(name))
      throw new TypeError(
        `${option}: a function is named by a letter and at most 99 letters, digits and . _ - behind it`,
      )
    if (typeof value !== 'function')
      throw new TypeError(`${option}: '${name}' is no function: give { ${name}: (…) => … }`)
  }
  return new Map(entries)
}
