import { type ConnectionRef, formatConnection } from '../contract/connection-ref.js'
import type { CommandResult } from '../contract/messages.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { TokenkeeperError } from './tokenkeeper-error.js'

/** What came of a credential. */
export interface CommandedStatus extends ConnectionStatus {
  /** The connection was connected with this credential already: nothing was sent, nothing was changed. */
  readonly unchanged?: true | undefined
}

/** @throws TokenkeeperError where the token workflow refused */
export function toCommandedStatus(ref: ConnectionRef, result: CommandResult): CommandedStatus {
  if (!result.ok) throw new TokenkeeperError(result.code, result.message, formatConnection(ref))
  const { status, unchanged } = result
  return unchanged === true ? { ...status, unchanged } : status
}
