import type { TemporalOptions } from './temporal-options.js'
import { readTemporalSettings } from './temporal-settings.js'

/** Where Temporal is, as options, its own variables and its configuration file say. */
export function temporalTarget(options: TemporalOptions) {
  const { connection, ...settings } = readTemporalSettings(options)
  return { ...settings, connectionOptions: { ...connection, address: settings.address } }
}
