import { type ConnectionRef, formatConnection } from '../contract/connection-ref.js'
import type { CommandResult, Verification } from '../contract/messages.js'
import { withoutUndefined } from '../contract/plain-data.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'

/** What came of a credential. */
export interface CommandedStatus extends ConnectionStatus {
  /** The connection was connected with this credential already: nothing was sent, nothing was changed. */
  readonly unchanged?: true | undefined
  /** After `verify`: what its endpoint says. */
  readonly verified?: Verification | undefined
}

/** @throws TokenkeeperError where the token workflow refused */
export function toCommandedStatus(ref: ConnectionRef, result: CommandResult): CommandedStatus {
  if (!result.ok) throw new TokenkeeperError(result.code, result.message, formatConnection(ref))
  const { status, unchanged, verified } = result
  return withoutUndefined({ ...status, unchanged, verified })
}
