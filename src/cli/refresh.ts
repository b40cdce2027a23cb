import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { TokenkeeperError } from '../client/tokenkeeper-error.js'
import { type ConnectionRef, formatConnection } from '../contract/connection-ref.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { type ActionResult, addConnectionAction } from './bulk/connection-action.js'
import type { OpenKeeper } from './with-keeper.js'

const WAIT_MS = 60_000
const ASK_EVERY_MS = 250

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
    begin: (open) => (ref) => refresh(open, ref),
  })
}

async function refresh({ keeper }: OpenKeeper, ref: ConnectionRef): Promise<ActionResult> {
  const { connector, account } = ref
  const name = formatConnection(ref)
  const before = await keeper.status(connector, account)
  if (before.refreshes === false)
    return {
      status: before,
      detail: `${name} has nothing to refresh: its credential is used as it is.`,
    }
  await keeper.refresh(connector, account)
  const untilMs = Date.now() + WAIT_MS
  for (;;) {
    const status = await keeper.status(connector, account)
    if (status.generation > before.generation) return { status }
    if (hasFailedSince(before, status))
      throw new TokenkeeperError(
        status.failure?.code ?? 'Failed',
        `${name} has no new token: ${status.failure?.message ?? 'it failed'}`,
        name,
      )
    if (Date.now() > untilMs)
      throw new TokenkeeperError(
        'NoAnswer',
        `${name} has no new token yet: it may be held back by a limit of its provider. tokenkeeper story ${name} tells how it goes on.`,
        name,
      )
    await delay(ASK_EVERY_MS)
  }
}

function hasFailedSince({ failure: before }: ConnectionStatus, { failure }: ConnectionStatus) {
  if (failure === undefined) return false
  return failure.sinceMs !== before?.sinceMs || failure.count > before.count
}
