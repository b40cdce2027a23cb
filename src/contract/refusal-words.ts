import { connectStep, type NextStep, rotateStep } from './next-step.js'
import type { ConnectionStatus } from './token-status.js'

/** What has to be known of a connection whose credential the upstream refuses. */
type RefusalFacts = Pick<
  ConnectionStatus,
  'connection' | 'kind' | 'authorizes' | 'refreshes' | 'refused'
>

const CREDENTIALS: Readonly<Record<string, string>> = {
  'api-key': 'API key',
  basic: 'user name and password',
  headers: 'credential',
  hmac: 'signing key',
  jwt: 'signing key',
  'aws-sigv4': 'access key',
  oauth1: 'OAuth 1.0 token',
}

/** What a credential of the connection's kind is called. */
export function credentialName({ kind = '' }: Pick<ConnectionStatus, 'kind'>): string {
  return CREDENTIALS[kind] ?? 'credential'
}

/** Says that the upstream refuses the credential, and how. */
export function refusalSentence(status: RefusalFacts): string {
  const { connection, refreshes, refused } = status
  const what = refreshes === true ? 'even fresh tokens' : `the ${credentialName(status)}`
  const how = refused === undefined ? '' : ` (HTTP ${refused.status} to ${refused.endpoint})`
  return `The upstream refuses ${what} of ${connection}${how}.`
}

/** What a person does about it. */
export function remedyOfRefusal(status: RefusalFacts): NextStep {
  return status.refreshes === true
    ? connectStep(
        status,
        'Look at scopes, audience and base URL; where they are right, authorise it again',
      )
    : rotateStep(
        status,
        `The ${credentialName(status)} was taken away or has expired at the provider, or is of another account: give it a new one`,
      )
}
