import type { Client, ClientPlugin } from '@temporalio/client'
import type { Seals } from '../sealing/sealer.js'

export const PLUGIN_NAME = 'tokenkeeper.TokenkeeperPlugin'

/** What the plugin of a Temporal client knows of the keeper: it stands in for options of `TokenkeeperClient`. */
export interface KeeperOfClient {
  readonly taskQueue: string
  readonly sealer: Seals
}

/** The keeper of the plugin that a Temporal client was made with. */
export function keeperOf({ options }: Client): KeeperOfClient | undefined {
  return options.plugins.find(isOurs)?.keeper
}

function isOurs(
  plugin: ClientPlugin,
): plugin is ClientPlugin & { readonly keeper: KeeperOfClient | undefined } {
  return plugin.name === PLUGIN_NAME
}
