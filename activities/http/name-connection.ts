import { createFailure, failureCode, failureDetails } from '../../src/contract/failure.js'

/** A failure of a kind of authentication, which does not know the connection that it is asked for. */
export function nameConnection(error: unknown, connection: string): unknown {
  const code = failureCode(error)
  if (code === undefined || !(error instanceof Error)) return error
  const details = failureDetails(error)
  if (details?.connection !== undefined) return error
  return createFailure(code, `${connection}: ${error.message}`, { ...details, connection })
}
