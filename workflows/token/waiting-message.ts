import type { TokenSnapshot } from './token-snapshot.js'
import { statusOf } from './request-table.js'

/** Says why a connection is not usable and what to do next: for people, in one sentence or two. */
export function waitingMessage(snapshot: TokenSnapshot): string {
  const { connection, failing, reason } = snapshot
  const cause = failing === undefined ? '' : ` (${failing.code}: ${failing.message})`
  if (snapshot.unknownConnector !== undefined) return snapshot.unknownConnector
  const status = statusOf(snapshot)
  switch (status) {
    case 'pending':
      return `${connection} has no credential yet: connect it with ${way(snapshot)}.`
    case 'active':
      return `${connection} is being refreshed.`
    case 'degraded':
      return snapshot.doom === undefined
        ? `${connection} can't be refreshed at the moment${cause}; it is tried again by itself.`
        : `${connection} can't be refreshed any more${cause}; its last token is served until it ends. ${remedy(snapshot.doom.health)}`
    case 'needs_reauth':
      return `${connection} ${reauthSentence(reason)}${cause}: authorise it again with ${way(snapshot)} or the signal tokenkeeper.rotate.`
    case 'misconfigured':
      return `The definition of ${connection} does not work${cause}: mend the connector and restart the keeper worker, or send the signal tokenkeeper.refresh. It is tried again by itself once an hour.`
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

function remedy(health: 'needs_reauth' | 'misconfigured'): string {
  return health === 'needs_reauth'
    ? 'Authorise it again now.'
    : 'Mend the connector and restart the keeper worker.'
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
