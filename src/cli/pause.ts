import type { Command } from 'commander'
import { addConnectionAction } from './bulk/connection-action.js'

/** `tokenkeeper pause`: no more leases; calls stop within the age of a lease. */
export function addPause(program: Command): void {
  addConnectionAction(program, {
    name: 'pause',
    description:
      'stop handing out leases: flows park within the age of a lease (10 minutes); refreshing goes on',
    examples: [
      ['tokenkeeper pause shopify/acme', 'one connection'],
      ['tokenkeeper pause --connector shopify --dry-run', 'which would be paused'],
      ['tokenkeeper pause --tag customer:4711 --yes', 'all of one customer, without a question'],
    ],
    begin:
      ({ keeper }) =>
      async ({ connector, account }) => ({ status: await keeper.pause(connector, account) }),
  })
}
