import type { Connector } from '../../connectors/connector.js'
import { isConnectorName } from '../../contract/connection-ref.js'
import type { KeeperWorkerOptions } from '../keeper-options.js'

/** What a project's module may say beside its connectors: the options of `createKeeperWorker`. */
export type ProjectKeeperOptions = Partial<Omit<KeeperWorkerOptions, 'connection' | 'connectors'>>

/** What a keeper worker of a project is made of. */
export interface Project {
  readonly connectors: readonly Connector[]
  readonly options: ProjectKeeperOptions
}

/**
 * Reads the exports of a project's module: every connector, by whatever name and in lists too, and the
 * options of the keeper worker by the name `keeper`. Other exports are left alone.
 * @throws TypeError where there is no connector, or `keeper` is no object
 */
export function readExports(exports: Readonly<Record<string, unknown>>): Project {
  const { keeper } = exports
  if (keeper !== undefined && (typeof keeper !== 'object' || keeper === null))
    throw new TypeError(
      'its export `keeper` is no object: give it the options of createKeeperWorker, as { sinks, customAuth }',
    )
  const { connectors: listed, ...options } = (keeper ?? {}) as ProjectKeeperOptions & {
    readonly connectors?: unknown
  }
  const found = [...Object.values(exports), listed].flat().filter(isConnector)
  if (found.length === 0)
    throw new TypeError(
      'it exports no connector: export what defineConnector() returned, by any name',
    )
  return { connectors: [...new Set(found)], options }
}

/** `defineConnector` freezes what it makes. */
function isConnector(value: unknown): value is Connector {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.isFrozen(value) &&
    'id' in value &&
    isConnectorName(value.id) &&
    'auth' in value &&
    'endpoints' in value
  )
}
