import { codesOf, type FailureCategory } from '../../contract/failures.js'

export interface ListQueryInput {
  readonly closedAfterMs?: number | undefined
  /** None: whatever they ended with. */
  readonly categories: readonly FailureCategory[]
  /** Whether the namespace has `TokenkeeperFailure`. */
  readonly hasFailureAttribute: boolean
}

/** How a run ends that is not done, by the name in list filters. */
const STATUS_OF = { timeout: 'TimedOut', terminated: 'Terminated', cancelled: 'Canceled' } as const

/**
 * The list filter that finds ended syncs. It never leaves out one that matches: runs without the search
 * attribute, from before it was registered, are found as well, and judged by their history.
 */
export function toListQuery(input: ListQueryInput): string {
  const { closedAfterMs, categories, hasFailureAttribute } = input
  const parts = ["WorkflowType = 'syncFlow'", statuses(categories)]
  if (closedAfterMs !== undefined)
    parts.push(`CloseTime > '${new Date(closedAfterMs).toISOString()}'`)
  const codes = codesOf(categories)
  if (hasFailureAttribute && codes.length > 0) {
    const names = codes.map((code) => `'${code}'`).join(', ')
    // A run that timed out, or was terminated, has no time to say why.
    parts.push(`(TokenkeeperFailure IN (${names}) OR TokenkeeperFailure IS NULL)`)
  }
  return parts.join(' AND ')
}

/** A text as it stands in a list filter. */
export function quoteText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

function statuses(categories: readonly FailureCategory[]): string {
  const all = ['Failed', ...Object.values(STATUS_OF)]
  const byStatus = Object.entries(STATUS_OF)
    .filter(([category]) => categories.some((wanted) => wanted === category))
    .map(([, status]) => status)
  const others = categories.some((category) => !Object.hasOwn(STATUS_OF, category))
  // A run fails also by the time-out of its activity.
  const failed = others || categories.includes('timeout') ? ['Failed'] : []
  const wanted = categories.length === 0 ? all : [...failed, ...byStatus]
  return `ExecutionStatus IN (${wanted.map((status) => `'${status}'`).join(', ')})`
}
