import type { LeaseReply, LeaseRequest } from '../../src/contract/messages.js'
import type { Tracing } from '../../src/contract/tracing.js'
import type { WorkflowWorld } from '../runtime/workflow-world.js'

/** What the leases of a flow need of Temporal. The simulation under `test/simulation` brings its own. */
export interface FlowWorld extends WorkflowWorld {
  readonly workflowId: () => string
  readonly isCancelled: () => boolean
  /** The work goes on where the flow is cancelled. */
  readonly uncancelled: <T>(work: () => Promise<T>) => Promise<T>
  /**
   * Hands the answers to one request to `take`; a lease only of its connection.
   * @returns what ends that
   */
  readonly onReply: (
    requestId: string,
    connection: string,
    take: (reply: LeaseReply) => void,
  ) => () => void
  readonly display: FlowDisplay
  /** Makes spans where the workflow's interceptors trace it. */
  readonly tracing: () => Tracing
}

/** Where a flow shows what it waits for. */
export interface FlowDisplay {
  /** @param untilMs when the flow gives up; undefined: never */
  readonly park: (
    connection: string,
    reply: Extract<LeaseReply, { outcome: 'waiting' }>,
    untilMs: number | undefined,
  ) => void
  readonly clear: (connection: string) => void
}

/** The way to the token workflow of a connection. */
export interface LeaseChannel {
  readonly connection: string
  /** Signals a request; starts the token workflow first where there is none. */
  readonly request: (message: LeaseRequest) => Promise<void>
  readonly send: (signal: string, message: unknown) => Promise<void>
}
