import { isFailureCode } from '../../src/contract/failures.js'
import type { LeaseReply } from '../../src/contract/messages.js'

/**
 * A signal's argument as a reply; undefined for what is none. Anybody may signal a flow, with anything:
 * what throws in a handler stalls it.
 */
export function readReply(value: unknown): LeaseReply | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const reply = value as Readonly<Record<string, unknown>>
  const texts = (...names: readonly string[]): boolean =>
    names.every((name) => typeof reply[name] === 'string')
  if (!texts('requestId')) return undefined
  const fits =
    reply['outcome'] === 'granted'
      ? isLease(reply['lease'])
      : reply['outcome'] === 'denied'
        ? texts('code', 'message') && isFailureCode(reply['code'])
        : reply['outcome'] === 'waiting' &&
          texts('status', 'message') &&
          Array.isArray(reply['searchAttributes'])
  return fits ? (value as LeaseReply) : undefined
}

/**
 * Whether a reply may answer a request for a connection. A lease of another one would send this flow's
 * data there: it is passed over, and the request goes on waiting for its own.
 */
export function answersFor(reply: LeaseReply, connection: string): boolean {
  return reply.outcome !== 'granted' || reply.lease.connection === connection
}

function isLease(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { connection, generation, sealed, expiresAtMs } = value as Readonly<Record<string, unknown>>
  return (
    typeof connection === 'string' &&
    typeof sealed === 'string' &&
    Number.isSafeInteger(generation) &&
    Number.isFinite(expiresAtMs)
  )
}
