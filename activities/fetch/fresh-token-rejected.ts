import { createFailure } from '../../src/contract/failure.js'

/** A credential that is good was refused: no expiry, so nothing is renewed. */
export function freshTokenRejected(connection: string, generation: number, status: number) {
  return createFailure(
    'FreshTokenRejected',
    `${connection} answers HTTP ${String(status)} time and again, though nothing says that the credential of generation ${String(generation)} is bad: it is this request that is refused. Look at the URL, at what this account may do, and at scopes and audience.`,
    { connection, generation, status },
  )
}
