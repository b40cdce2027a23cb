import { explain, type Explanation } from './condition-causes.js'
import { stepSentence } from './next-step.js'
import type { ConnectionStatus, ReauthReason, TokenStatus } from './token-status.js'

/**
 * What is wrong with a connection, and what comes of it: the one model that the command line, the console,
 * the notices and the Web UI show. Texts are plain; whoever shows them escapes them for where they go.
 */
export interface Condition extends Explanation {
  readonly connection: string
  readonly status: TokenStatus
  readonly reason?: ReauthReason | undefined
  readonly sinceMs: number
  /** The flows that it stops: how many, and the workflow ids of the first 20 of them. */
  readonly stops: { readonly count: number; readonly workflowIds: readonly string[] }
  /** What a person should know beside it, each a sentence. */
  readonly notes: readonly string[]
}

/** What is to be told of a connection. Pure: the same status gives the same condition. */
export function toCondition(status: ConnectionStatus): Condition {
  const { connection, reason, sinceMs, waiting, waitingFlows, warnings: notes = [] } = status
  const explanation = explain(status)
  const { level } = explanation
  return {
    ...explanation,
    connection,
    status: status.status,
    reason,
    sinceMs,
    level: level === 'fine' && notes.length > 0 ? 'note' : level,
    stops: { count: waiting, workflowIds: waitingFlows },
    notes,
  }
}

/** Whether somebody has to do something. */
export function needsPerson({ level }: Pick<Condition, 'level'>): boolean {
  return level === 'person'
}

/** Cause, next step and what comes by itself as one text: for flows that wait, and for failures. */
export function explanationText({ cause, next, goesOn }: Omit<Explanation, 'level'>): string {
  return [cause, next === undefined ? '' : stepSentence(next), goesOn.text]
    .filter((part) => part !== '')
    .join(' ')
}

/** What is told of a connection that nobody uses; the moment is written as whoever shows it writes moments. */
export function unusedText(since: string): string {
  return `nobody has asked for it since ${since}: refreshed once a day, and at once when somebody asks`
}
