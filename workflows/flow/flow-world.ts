import type { LeaseReply, LeaseRequest } from '../../src/contract/messages.js'

/** What the leases of a flow need of Temporal. The simulation under `test/simulation` brings its own. */
export interface FlowWorld {
  readonly workflowId: () => string
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  readonly uuid: () => string
  /** @throws CancelledFailure where the flow is cancelled first */
  readonly until: (isDone: () => boolean) => Promise<void>
  /**
   * @returns false where so many milliseconds passed first
   * @throws CancelledFailure where the flow is cancelled first
   */
  readonly untilOrFor: (isDone: () => boolean, ms: number, summary?: string) => Promise<boolean>
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
}

/** Where a flow shows what it waits for. */
export interface FlowDisplay {
  readonly park: (connection: string, reply: Extract<LeaseReply, { outcome: 'waiting' }>) => void
  readonly clear: (connection: string) => void
}

/** The way to the token workflow of a connection. */
export interface LeaseChannel {
  readonly connection: string
  /** Signals a request; starts the token workflow first where there is none. */
  readonly request: (message: LeaseRequest) => Promise<void>
  readonly send: (signal: string, message: unknown) => Promise<void>
}
