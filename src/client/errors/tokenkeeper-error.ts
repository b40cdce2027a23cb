import type { AuthorizationCode } from '../../contract/authorization.js'
import type { FailureCode } from '../../contract/failures.js'

/** What can go wrong between a client and a connection, beside the closed table of failures. */
export type ClientErrorCode =
  /** No token workflow runs for this connection. */
  | 'NotConnected'
  /** Nobody answers on the keeper worker's task queue. */
  | 'NoKeeperWorker'
  /** The command was sent; its outcome was not known within the client's timeout. */
  | 'NoAnswer'
  /** The client was made without a public key, and a secret was given. */
  | 'NoPublicKey'
  /** The credential was exchanged for another one long ago, or its grant has ended: it was not sent again. */
  | 'CredentialSpent'
  /** The outcome is not known yet: the credential goes on being tried by itself. */
  | 'StillTrying'
  /** A credential that was given later replaced this one. */
  | 'Superseded'
  /** There is no workflow of that id. */
  | 'UnknownSync'
  /** The workflow of that id is no sync. */
  | 'NoSync'
  /** The client has no key that connect links are made with. */
  | 'NoLinkKey'
  /** It is no link of these pages, or was changed. */
  | 'LinkInvalid'
  /** A connect link is good for one connection. */
  | 'LinkUsed'
  | 'LinkExpired'
  /** Too much was tried with one connect link, or with too many of one connection. */
  | 'TooManyTries'
  /** The sync is not running any more. */
  | 'SyncEnded'
  /** Temporal refused the request or can't be reached. */
  | 'Unavailable'
  | AuthorizationCode
  | FailureCode

/**
 * Why a command of {@link TokenkeeperClient} did not succeed: a stable `code` and a message that says
 * what to do next. It holds no secret and no foreign error. Beside {@link ClientErrorCode}, `code` may
 * be what the token workflow answered: the provider's error code, `Refused`, `http_503` ...
 */
export class TokenkeeperError extends Error {
  override readonly name = 'TokenkeeperError'
  readonly code: string
  /** `shopify/acme` */
  readonly connection: string | undefined

  constructor(code: ClientErrorCode | (string & {}), message: string, connection?: string) {
    super(message)
    this.code = code
    this.connection = connection
  }
}
