import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common'
import { isAuthorizationCode } from '../../contract/authorization.js'
import { type ConnectionRef, formatConnection } from '../../contract/connection-ref.js'
import { TokenkeeperError } from './tokenkeeper-error.js'

/** What the caller wanted to do, as messages of errors name it. */
export interface Attempt {
  readonly ref: ConnectionRef
  readonly kind: 'signal' | 'query' | 'update'
  readonly taskQueue: string
}

// gRPC status codes (https://grpc.io/docs/guides/status-codes/).
const CANCELLED = 1
const DEADLINE_EXCEEDED = 4
const FAILED_PRECONDITION = 9

/** Says in tokenkeeper's words what a Temporal client threw. */
export function explainTemporalError(error: unknown, attempt: Attempt): TokenkeeperError {
  const name = formatConnection(attempt.ref)
  if (error instanceof TokenkeeperError) return error
  if (error instanceof WorkflowNotFoundError || error instanceof QueryRejectedError)
    return new TokenkeeperError(
      'NotConnected',
      `There is no connection ${name}; connect it with TokenkeeperClient.connect('${attempt.ref.connector}', '${attempt.ref.account}', …).`,
      name,
    )
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { type, message } = error.cause
    // A token workflow names why it did not take a command in; a plain error is about the input.
    if (type === 'Refused' || isAuthorizationCode(type))
      return new TokenkeeperError(type, message, name)
    return new TokenkeeperError('InvalidInput', `${name} refused the command: ${message}`, name)
  }
  if (error instanceof QueryNotRegisteredError)
    return new TokenkeeperError(
      'NotConnected',
      `The workflow of ${name} answers no queries: is it the token workflow of another version?`,
      name,
    )
  const code = grpcCode(error)
  const timedOut = isTimeout(error)
  if (attempt.kind === 'query' && (timedOut || code === FAILED_PRECONDITION))
    return new TokenkeeperError(
      'NoKeeperWorker',
      `No keeper worker answers for ${name}: start one on the task queue '${attempt.taskQueue}'. The connection itself is kept by Temporal.`,
      name,
    )
  if (timedOut || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
    return new TokenkeeperError(
      'NoAnswer',
      `${name} gave no answer in time: is a keeper worker running on the task queue '${attempt.taskQueue}', and does the provider answer? The command may still take effect; look at status() and story() before you repeat it.`,
      name,
    )
  return new TokenkeeperError(
    'Unavailable',
    `Temporal did not take the ${attempt.kind} for ${name}: ${reason(error)}`,
    name,
  )
}

/** Whether a request to Temporal was not answered within its deadline. */
export function isTimeout(error: unknown): boolean {
  const code = grpcCode(error)
  return code === DEADLINE_EXCEEDED || code === CANCELLED
}

/** The status code of a failed request to Temporal; undefined for other errors. */
export function grpcCode(error: unknown): number | undefined {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return isGrpcServiceError(cause) ? cause.code : undefined
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (isGrpcServiceError(cause)) return cause.details
  return error instanceof Error ? error.message : 'unknown error'
}
