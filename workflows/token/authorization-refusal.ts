import type { AuthorizationCode } from '../../src/contract/authorization.js'
import { isUsable } from './parts/health.js'
import type { TokenParts } from './token-parts.js'

/** Why an authorization came to nothing. */
export interface AuthorizationRefusal {
  readonly outcome: 'refused'
  readonly code: AuthorizationCode
  readonly message: string
}

const AGAIN = 'Begin the authorization again'

const MESSAGES: Readonly<Record<AuthorizationCode, (connection: string, error: string) => string>> =
  {
    AuthorizationDenied: (connection, error) =>
      `The provider says that access to ${connection} was not granted (${error}). ${AGAIN}, and agree to what is asked for.`,
    AuthorizationFailed: (connection, error) =>
      `The provider could not authorise ${connection} (${error}). Look at client id, scope and redirect URI of the connector and of the application at the provider; where it was a passing trouble, begin the authorization again.`,
    AuthorizationStateUnknown: (connection) =>
      `No authorization of ${connection} waits for this callback: its state is unknown. ${AGAIN}.`,
    AuthorizationUsed: (connection) =>
      `This authorization of ${connection} has been used already: each is good for one callback. Look at the status of the connection; where it is not active, begin the authorization again.`,
    AuthorizationExpired: (connection) =>
      `This authorization of ${connection} took longer than 10 minutes. ${AGAIN}, and finish it sooner.`,
    AuthorizationOfSomeoneElse: (connection) =>
      `This authorization of ${connection} was begun in another browser session. ${AGAIN} in this browser, with its cookies allowed; if you did not begin it, somebody may have sent you the link.`,
    IssuerMismatch: (connection) =>
      `The answer for ${connection} is not of the authorization server that was asked, or came in at another address. ${AGAIN}; if it happens again, look at issuer and redirect URI of the connector.`,
    OtherAccount: (connection) =>
      `This is another account than the one that ${connection} belongs to. Sign in as the account of before, connect the other one under a name of its own, or allow it with allowOtherAccount.`,
  }

/**
 * Why an authorization came to nothing, and what to do next.
 * @param error the provider's error code
 */
export function authorizationRefusal(
  { connection, grant, health }: TokenParts,
  code: AuthorizationCode,
  error = 'error',
): AuthorizationRefusal {
  const lives = grant.sealed !== undefined && isUsable(health)
  const kept = lives ? ' The connection goes on with what it had.' : ''
  return { outcome: 'refused', code, message: `${MESSAGES[code](connection, error)}${kept}` }
}
