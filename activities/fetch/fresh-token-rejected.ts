import { createFailure } from '../../src/contract/failure.js'

/** A credential that is good was refused: no expiry, so nothing is renewed. */
export function freshTokenRejected(connection: string, generation: number, status: number) {
  return createFailure(
    'FreshTokenRejected',
    `${connection} answers HTTP ${String(status)} even with generation ${String(generation)}, which is good: this is no expiry. Look at the credential's scopes and audience, the URL, and what this account may do.`,
    { connection, generation, status },
  )
}
