import type { Command } from 'commander'
import { addConnectionAction } from './bulk/connection-action.js'

/** `tokenkeeper resume`: leases again; flows that were parked go on. */
export function addResume(program: Command): void {
  addConnectionAction(program, {
    name: 'resume',
    description: 'hand out leases again: flows that are parked go on',
    examples: [
      ['tokenkeeper resume shopify/acme', 'one connection'],
      ['tokenkeeper resume --status paused --connector shopify --pace 2/s', 'slowly'],
    ],
    begin:
      ({ keeper }) =>
      async ({ connector, account }) => ({ status: await keeper.resume(connector, account) }),
  })
}
