import { type ActivityOptions, workflowInfo } from '@temporalio/workflow'
import { connectorOf } from '../../src/contract/connection-ref.js'

/** The lower, the sooner: from 1 to 5, as servers have it without a setting. */
const PRIORITIES = { token: 1, call: 2, sync: 5, late: 5 } as const

/**
 * The turn of an activity where others wait at its task queue: token work first, syncs and late token requests that nobody waits for last, connectors one after
 * the other. What the workflow was started with goes before, and its weight is handed on by the server. A server that
 * knows no priorities or no fairness ignores it.
 */
export function turnOf(
  work: keyof typeof PRIORITIES,
  connection: string,
): NonNullable<ActivityOptions['priority']> {
  // Not given is 0, or an empty text.
  const { priorityKey = 0, fairnessKey = '' } = workflowInfo().priority ?? {}
  return {
    priorityKey: priorityKey === 0 ? PRIORITIES[work] : priorityKey,
    // A connector's name has 64 bytes at most, as the key has.
    fairnessKey: fairnessKey === '' ? connectorOf(connection) : fairnessKey,
  }
}
