import { ApplicationFailure } from '@temporalio/common'
import { failureCode } from '../../src/contract/failure.js'
import type { Ended } from './fuzz-stage.js'

/** Longer messages are somebody else's text. */
const MAX_MESSAGE = 2000
const MAX_FAILURE = 20_000

/** Every secret of the fuzzers holds this word, and so do texts that must not get into a message. */
const SECRET = /canary/i

/**
 * What is wrong with how an activity ended, whatever it was asked. A failure has a code of the table,
 * which no defect has, and neither it nor anything that was said on the way holds a secret.
 */
export function wrongAtTheEnd({ failure, said }: Ended<unknown>): string | undefined {
  if (SECRET.test(said)) return `a secret in a heartbeat or a log: ${said.slice(0, 500)}`
  if (failure === undefined) return undefined
  if (!(failure instanceof ApplicationFailure))
    return `no failure of ours: ${String(failure.stack)}`
  const code = failureCode(failure)
  if (code === undefined || code === 'Internal')
    return `no code of the table: ${String(failure.type)} ${failure.message}`
  if (failure.message.length > MAX_MESSAGE) return `a message of ${String(failure.message.length)}`
  const { message, details, stack, cause } = failure
  const all = JSON.stringify({ message, details, stack, cause: String(cause) })
  if (all.length > MAX_FAILURE) return `a failure of ${String(all.length)}`
  if (SECRET.test(all)) return `a secret in a failure: ${all.slice(0, 1000)}`
  if (/\\u[dD][89abAB][0-9a-f]{2}(?!\\u[dD][c-f])/.test(all)) return 'half a character in a failure'
  return undefined
}

/** The same for results that are data of ours: they hold no secret either. */
export function wrongInResult(result: unknown, mostBytes: number): string | undefined {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- JSON.stringify gives undefined for undefined
  const all = JSON.stringify(result) ?? ''
  if (SECRET.test(all)) return `a secret in a result: ${all.slice(0, 1000)}`
  return all.length > mostBytes ? `a result of ${String(all.length)}` : undefined
}
