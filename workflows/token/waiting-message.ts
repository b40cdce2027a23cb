import type { TokenSnapshot } from './token-snapshot.js'
import { statusOf } from './request-table.js'

/** Says why a connection is not usable and what to do next: for people, in one sentence or two. */
export function waitingMessage(snapshot: TokenSnapshot): string {
  const { connection, failing, reason } = snapshot
  const code = failing === undefined ? '' : ` (${failing.code})`
  if (snapshot.unknownConnector !== undefined) return snapshot.unknownConnector
  const status = statusOf(snapshot)
  switch (status) {
    case 'pending':
      return `${connection} has no credential yet: connect it with ${way(snapshot)}.`
    case 'active':
      return `${connection} is being refreshed.`
    case 'degraded':
      return snapshot.doom?.health === 'needs_reauth'
        ? `${connection} can't be refreshed any more${code}; its last token is served until it ends. Authorise it again now with ${way(snapshot)} or the signal tokenkeeper.rotate.`
        : `${whatFailed(snapshot, `${connection} can't be refreshed at the moment.`)} It is tried again by itself.`
    case 'needs_reauth':
      return `${connection} ${reauthSentence(reason)}${code}: authorise it again with ${way(snapshot)} or the signal tokenkeeper.rotate.`
    case 'misconfigured':
      return `${whatFailed(snapshot, `The definition of ${connection} does not work.`)} Mend it and restart the keeper worker, or send the signal tokenkeeper.refresh. ${snapshot.retryAtMs === undefined ? 'It is not tried again by itself: a try may count as a wrong password.' : 'It is tried again by itself every few minutes.'}`
    case 'rejected':
      return `The upstream refuses even a fresh token of ${connection}: look at its scopes, audience and base URL, then rotate it or send the signal tokenkeeper.refresh.`
    case 'paused':
      return `${connection} is paused: send the signal tokenkeeper.resume.`
    case 'revoked':
      return `${connection} is revoked: connect it anew with ${way(snapshot)}.`
    default: {
      const impossible: never = status
      throw new TypeError(`unknown status ${String(impossible)}`)
    }
  }
}

function way({ facts }: TokenSnapshot): string {
  return facts?.authorizes === true
    ? 'npx tokenkeeper connect (TokenkeeperClient.beginAuthorization)'
    : 'TokenkeeperClient.connect'
}

/** The message of the last failed try, which names the connection itself. */
function whatFailed({ connection, failing }: TokenSnapshot, otherwise: string): string {
  if (failing === undefined) return otherwise
  const { message, code } = failing
  const named = message.includes(connection) ? message : `${connection}: ${message}`
  const told = named.includes(code) ? named : `${named} (${code})`
  return /[.!?)]$/.test(told) ? told : `${told}.`
}

function reauthSentence(reason: TokenSnapshot['reason']): string {
  switch (reason) {
    case 'rotation_lost':
      return 'lost its rotated refresh token (an answer got lost on the way)'
    case 'expired_idle':
      return 'was not used for longer than its refresh token lives'
    case 'rolled_back':
      return 'was reset to an older state whose refresh token must not be used'
    default:
      return 'lost its authorisation (its grant was revoked at the provider, or has ended)'
  }
}
