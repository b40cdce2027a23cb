import { loadClientConnectConfig } from '@temporalio/envconfig'
import type { TemporalOptions } from './temporal-options.js'

/** Where Temporal is, as options, its own variables and its configuration file say. */
export function temporalTarget(options: Pick<TemporalOptions, 'address' | 'namespace'>) {
  const { connectionOptions, namespace } = loadClientConnectConfig()
  const address = options.address ?? connectionOptions.address ?? 'localhost:7233'
  return {
    address,
    connectionOptions: { ...connectionOptions, address },
    namespace: options.namespace ?? namespace ?? 'default',
  }
}
