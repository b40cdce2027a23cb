import { ASK_AGAIN } from '../../src/contract/messages.js'

/** What this file knows of the SDK's activator: it is not part of its public interface, so all of it may be missing. */
interface Activator {
  readonly info?: { readonly historyLength?: number | undefined } | undefined
  readonly interceptors?: { readonly internals?: InternalsInterceptor[] | undefined } | undefined
}

interface ActivateInput {
  readonly activation: {
    readonly isReplaying?: boolean | null | undefined
    readonly timestamp?: { readonly nanos?: number | null | undefined } | null | undefined
    /** The last event that was read for it. */
    readonly historyLength?: number | null | undefined
    readonly jobs?: readonly { readonly queryWorkflow?: unknown }[] | null | undefined
  }
  readonly batchIndex: number
}

interface InternalsInterceptor {
  readonly activate?: (input: ActivateInput, next: (input: ActivateInput) => void) => void
}

/**
 * Lets a workflow take nothing of an activation that has no time of its own; to be called when a run begins. What is
 * decided there by the clock would be decided otherwise when the history is replayed (TMPRL1100), and no worker could
 * go on with it.
 *
 * A worker that is asked a query, and does not hold the run, is sent the history up to now. What came since the last
 * workflow task belongs to the next one, and yet it is handed over with the query, at the time of the last one. The
 * query fails then with {@link ASK_AGAIN}, the worker forgets the run, and the next workflow task brings the same with
 * its own time. If two queries wait for the worker, its core drops that workflow task as well (`process_post_activation`
 * in `workflow_stream.rs`), and the server sends it again after the timeout of a workflow task.
 *
 * More than one activation of a workflow task has its time: what a workflow cancels, or does in a local activity, is
 * answered within the task. No event is read for those, while news of the kind above are events.
 */
export function refuseStaleActivations(): void {
  const { __TEMPORAL_ACTIVATOR__: activator } = globalThis as {
    readonly __TEMPORAL_ACTIVATOR__?: Activator
  }
  // The clock of workflows has whole milliseconds, and two workflow tasks may begin within one. Of the activation that
  // is under way only that clock is known.
  let last: Moment = { ms: Date.now(), events: activator?.info?.historyLength ?? 0 }
  activator?.interceptors?.internals?.push({
    activate: (input, next) => {
      const { activation, batchIndex } = input
      if (batchIndex === 0 && bringsNews(activation)) {
        const nanos = activation.timestamp?.nanos ?? 0
        const now = { ms: Date.now(), nanos, events: activation.historyLength ?? last.events }
        const isSame = now.ms === last.ms && (last.nanos ?? nanos) === nanos
        if (isSame && now.events > last.events && activation.isReplaying !== true)
          throw new Error(ASK_AGAIN)
        last = now
      }
      next(input)
    },
  })
}

interface Moment {
  readonly ms: number
  readonly nanos?: number | undefined
  readonly events: number
}

function bringsNews({ jobs }: ActivateInput['activation']): boolean {
  return jobs?.some(({ queryWorkflow }) => queryWorkflow == null) === true
}
