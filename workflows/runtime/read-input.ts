import { workflowInfo } from '@temporalio/workflow'
import { createFailure } from '../../src/contract/failure.js'
import { isCount, isUndecodable } from '../../src/contract/outside-values.js'

/** Temporal's server takes no more than 10,000 signals a run. */
const MOST_PER_RUN = 9000

/**
 * The argument of a workflow of ours. One click in the Web UI starts any of them with anything: that
 * fails at once and says what to give, where an error of another kind would be tried for ever.
 * @param expected what it takes, with an example
 * @throws ApplicationFailure `InvalidInput`; a plain error for what a missing codec hides: that fails
 * the workflow task, and goes on when the codec is back
 */
export function readInput<T extends object>(input: T, expected: string): T {
  const given: unknown = input
  if (isUndecodable(given))
    throw new Error('the argument of this workflow can not be decoded: a codec is missing here')
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidInput(
      given === undefined ? 'the argument is missing' : 'that is no object',
      expected,
    )
  return input
}

export function invalidInput(what: string, expected: string): Error {
  const { workflowType } = workflowInfo()
  return createFailure('InvalidInput', `${workflowType}: ${what}. Give ${expected}`)
}

/** How many messages a run takes before it continues as new. */
export function readPerRun(
  given: unknown,
  standard: number,
  expected: string,
  most = MOST_PER_RUN,
): number {
  if (given === undefined) return standard
  if (isCount(given, most) && given > 0) return given
  throw invalidInput(`the messages of a run are a whole number from 1 to ${most}`, expected)
}

/** State comes from the run before, never from outside: it would be believed. */
export function readCarried<T extends object>(
  given: T | undefined,
  expected: string,
): T | undefined {
  if (given === undefined) return undefined
  const isCarried = workflowInfo().continuedFromExecutionRunId !== undefined
  if (isCarried && typeof given === 'object') return given
  throw invalidInput('only the workflow itself hands on a snapshot', expected)
}
