/** What went wrong with a connection, for people; holds no secret. */
export class TokenkeeperError extends Error {
  override readonly name = 'TokenkeeperError'

  constructor(
    /** `NotConnected`, `InvalidInput`, or what the attempt came to: `invalid_grant`, `ReferenceRefused` ... */
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}
