import { CancelledFailure, CompleteAsyncError } from '@temporalio/activity'
import type { ApplicationFailure } from '@temporalio/common'
import { createFailure, failureCode } from '../../src/contract/failure.js'

/**
 * Lets nothing out of an activity that has no code of the table: what nobody has foreseen becomes one
 * `Internal` that is not retried, or `UpstreamUnavailable` where it was Temporal's own server.
 * @param activity its name
 */
export function withCodes<Input, Output>(
  activity: string,
  run: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    try {
      return await run(input)
    } catch (error) {
      const isPlanned = error instanceof CancelledFailure || error instanceof CompleteAsyncError
      if (isPlanned || failureCode(error) !== undefined) throw error
      throw unforeseen(activity, connectionIn(input), error)
    }
  }
}

function unforeseen(
  activity: string,
  connection: string | undefined,
  error: unknown,
): ApplicationFailure {
  const name = errorName(error)
  if (name === 'ServiceError')
    return createFailure(
      'UpstreamUnavailable',
      `${activity}: the Temporal server did not answer (ServiceError). It is tried again by itself.`,
      { connection },
    )
  const about = connection === undefined ? activity : `${connection}: ${activity}`
  return createFailure(
    'Internal',
    `${about} ended in a way that nobody has foreseen (${name} at ${whereThrown(error)}). It is not tried again: report it with this line, then replay what failed.`,
    { connection },
  )
}

function connectionIn(input: unknown): string | undefined {
  const { connection, from } = (input ?? {}) as {
    readonly connection?: unknown
    readonly from?: { readonly connection?: unknown } | null
  }
  const named = connection ?? from?.connection
  return typeof named === 'string' && /^[\w.@+/-]{1,270}$/.test(named) ? named : undefined
}

function errorName(error: unknown): string {
  if (!(error instanceof Error)) return 'no error'
  return /^[A-Za-z]{1,60}$/.test(error.name) ? error.name : 'Error'
}

/** The first file of this package in the stack. Nothing of the message, which may hold anything. */
function whereThrown(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown place'
  const { stack = '', message } = error
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n')
  for (const frame of frames) {
    const found = /^ {4}at .*?((?:activities|src)\/[\w/-]+\.[jt]s:\d+:\d+)\)?$/.exec(frame)
    if (found?.[1] !== undefined) return found[1]
  }
  return 'an unknown place'
}
