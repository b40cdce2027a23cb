import type { Command } from 'commander'
import { formatConnection } from '../contract/connection-ref.js'
import { addConnectionAction } from './bulk/connection-action.js'

/** `tokenkeeper refresh`: a new token now, and what came of it. */
export function addRefresh(program: Command): void {
  addConnectionAction(program, {
    name: 'refresh',
    description: 'get a new token now, and say what came of it',
    examples: [
      ['tokenkeeper refresh shopify/acme', 'one connection'],
      ['tokenkeeper refresh --status degraded --pace 30/m', 'all that are in trouble, slowly'],
      ['tokenkeeper refresh --connector shopify --yes -o jsonl > run.jsonl', 'a line each'],
      ['tokenkeeper refresh --connector shopify --yes --resume run.jsonl', 'those that are left'],
    ],
    begin:
      ({ keeper }) =>
      async (ref) => {
        const { connector, account } = ref
        const before = await keeper.status(connector, account)
        if (before.refreshes !== false) return { status: await keeper.refresh(connector, account) }
        return {
          status: before,
          detail: `${formatConnection(ref)} has nothing to refresh: its credential is used as it is.`,
          isSkipped: true,
        }
      },
  })
}
