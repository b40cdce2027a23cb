import type { ConnectionStatus } from '../contract/token-status.js'
import type { Style } from './terminal/styled-line.js'

/** What is known of a connection's health, from itself or from visibility. */
export interface Health {
  readonly connection: string
  readonly status: string
  readonly failure?: Pick<NonNullable<ConnectionStatus['failure']>, 'code'> | undefined
}

const NEEDS_PERSON = ['needs_reauth', 'misconfigured', 'rejected', 'pending']
const QUIET = ['paused', 'revoked']

/** What somebody has to do something about: a sealing key does not come back by itself either. */
export function needsPerson({ status, failure }: Health): boolean {
  return NEEDS_PERSON.includes(status) || failure?.code === 'KeyMissing'
}

export function styleOf(health: Health): Style | undefined {
  if (needsPerson(health)) return 'bad'
  if (health.status === 'active') return 'good'
  return QUIET.includes(health.status) ? 'dim' : 'warning'
}

/** What to do next, as a command; undefined where nothing is to be done. */
export function nextStep({ connection, status, failure }: Health): string | undefined {
  if (failure?.code === 'KeyMissing')
    return 'give the keeper workers the private key that it names (privateKeys), and start them again'
  switch (status) {
    case 'needs_reauth':
    case 'pending':
      return `tokenkeeper connect ${connection}`
    case 'misconfigured':
      return 'mend the connector (client id, secret, scope, URL) and start the keeper workers again'
    case 'rejected':
      return `look at scopes, audience and base URL of the connector; then tokenkeeper verify ${connection}`
    case 'paused':
      return `tokenkeeper resume ${connection}`
    default:
      return undefined
  }
}
