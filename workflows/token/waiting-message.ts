import type { AuthKind } from '../../src/contract/credential.js'
import type { ReauthReason } from '../../src/contract/token-status.js'
import { reasonOf, statusOf, verdictOf } from './parts/health.js'
import type { Waiter } from './parts/queue.js'
import type { TokenParts } from './token-parts.js'

/** Says why a connection is not usable and what to do next: for people, in one sentence or two. */
export function waitingMessage(parts: TokenParts): string {
  const { connection, health, definition } = parts
  const { failing } = parts.refresh
  const code = failing === undefined ? '' : ` (${failing.code})`
  if (definition.unknownConnector !== undefined) return definition.unknownConnector
  const status = statusOf(health)
  switch (status) {
    case 'pending':
      return `${connection} has no credential yet: connect it with ${way(parts)}.${accountForgotten(parts)}`
    case 'active':
      return `${connection} is being refreshed.`
    case 'degraded':
      if (failing === undefined && parts.token.doubt !== undefined)
        return `${refusal(parts)} It may pass: it is looked at again by itself, after pauses that grow.`
      return verdictOf(health)?.kind === 'needs_reauth'
        ? `${connection} can't be refreshed any more${code}; its last token is served until it ends. Authorise it again now with ${way(parts)} or the signal tokenkeeper.rotate.`
        : `${whatFailed(parts, `${connection} can't be refreshed at the moment.`)} It is tried again by itself.`
    case 'needs_reauth':
      return `${connection} ${reauthSentence(reasonOf(health))}${code}. Authorise it again with ${way(parts)} or the signal tokenkeeper.rotate.`
    case 'misconfigured':
      return `${whatFailed(parts, `The definition of ${connection} does not work.`)} Mend it and restart the keeper worker, or send the signal tokenkeeper.refresh. ${parts.refresh.retryAtMs === undefined ? 'It is not tried again by itself: a try may count as a wrong password.' : 'It is tried again by itself every few minutes.'}`
    case 'rejected':
      return `${refusal(parts)} ${rejectedRemedy(parts)} It is tried again by itself every few minutes.`
    case 'paused':
      return `${connection} is paused: send the signal tokenkeeper.resume.`
    case 'revoked':
      return `${connection} is revoked: connect it anew with ${way(parts)}.`
    default: {
      const impossible: never = status
      throw new TypeError(`unknown status ${String(impossible)}`)
    }
  }
}

/** `shop` without an account means `shop/default`: nobody may ever have meant that. */
export function accountForgotten({
  connection,
  definition: { otherAccounts = [] },
}: TokenParts): string {
  const [first] = otherAccounts
  const [connector = '', account = ''] = connection.split('/')
  if (first === undefined) return ''
  return ` ${connector} has other accounts (${otherAccounts.join(', ')}) but no '${account}', which is meant where none is named: if one of them was meant, name it ('${connector}/${first}').`
}

function way({ definition: { facts } }: TokenParts): string {
  return facts?.authorizes === true
    ? 'npx tokenkeeper connect (TokenkeeperClient.beginAuthorization)'
    : 'TokenkeeperClient.connect'
}

/** The message of the last failed try, which names the connection itself. */
function whatFailed({ connection, refresh: { failing } }: TokenParts, otherwise: string): string {
  if (failing === undefined) return otherwise
  const { message, code } = failing
  const named = message.includes(connection) ? message : `${connection}: ${message}`
  const told = named.includes(code) ? named : `${named} (${code})`
  return /[.!?)]$/.test(told) ? told : `${told}.`
}

/** What a credential of a kind is called. */
const CALLED: Readonly<Partial<Record<AuthKind, string>>> = {
  'api-key': 'API key',
  basic: 'user name and password',
  headers: 'credential',
  hmac: 'signing key',
  jwt: 'signing key',
  'aws-sigv4': 'access key',
  oauth1: 'OAuth 1.0 token',
}

function credentialOf({ definition: { facts } }: TokenParts): string {
  return (facts === undefined ? undefined : CALLED[facts.kind]) ?? 'credential'
}

function refusal(parts: TokenParts): string {
  const { connection, definition } = parts
  const { doubt } = parts.token
  const what =
    definition.facts?.refreshes === true ? 'even fresh tokens' : `the ${credentialOf(parts)}`
  const how = doubt === undefined ? '' : ` (HTTP ${doubt.status} to ${doubt.endpoint})`
  return `The upstream refuses ${what} of ${connection}${how}.`
}

function rejectedRemedy(parts: TokenParts): string {
  return parts.definition.facts?.refreshes === true
    ? 'Look at scopes, audience and base URL; where they are right, authorise it again.'
    : `The ${credentialOf(parts)} was taken away or has expired at the provider, or is of another account: give it a new one by rotate (the signal tokenkeeper.rotate).`
}

/** To a flow whose one request is refused while the connection works. */
export function refusedRequestMessage(
  parts: TokenParts,
  { status, endpoint = 'this request' }: NonNullable<Waiter['denied']>,
): string {
  const { connection, token } = parts
  const kind = `the ${credentialOf(parts)} of generation ${token.generation}`
  return `${connection} answers HTTP ${status} to ${endpoint} time and again, with ${kind}, which nothing else says is bad: it is this request that is refused. Look at its input, at what ${endpoint} allows this account, and at scopes; where the kind signs requests, at characters that are encoded in more than one way.`
}

function reauthSentence(reason: ReauthReason | undefined): string {
  switch (reason) {
    case 'rotation_lost':
      return 'lost its rotated refresh token: the answer that brought it never arrived'
    case 'expired_idle':
      return 'was not used for longer than its refresh token lives'
    case 'rolled_back':
      return 'was reset to an older state whose refresh token must not be used'
    default:
      return 'lost its grant: it was revoked at the provider, or has ended'
  }
}
