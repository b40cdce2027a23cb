import type { ListedConnection } from '../../client/list-filter.js'
import { type Condition, toCondition } from '../../contract/condition.js'
import { explain, type ConditionLevel } from '../../contract/condition-causes.js'
import type { NextStep } from '../../contract/next-step.js'
import { TOKEN_STATUSES, type TokenStatus } from '../../contract/token-status.js'

/** A connection in a list, as far as it is known: what machines read too. */
export interface FleetRow {
  readonly connection: string
  readonly status: TokenStatus | 'unknown'
  readonly level?: ConditionLevel | undefined
  readonly reason?: string | undefined
  readonly sinceMs?: number | undefined
  readonly expiresAtMs?: number | undefined
  readonly tags: readonly string[]
  readonly owner?: string | undefined
  readonly keyIds?: readonly string[] | undefined
  /** Why it is as it is, where it is not fine. */
  readonly cause?: string | undefined
  readonly code?: string | undefined
  readonly next?: NextStep | undefined
  readonly goesOn?: Condition['goesOn'] | undefined
  readonly stops?: Condition['stops'] | undefined
}

/** One that was asked and gave no answer: how it was in visibility says nothing about how it is. */
export function unheardRow(listed: ListedConnection): FleetRow {
  const { status: before } = listed
  const cause =
    before === undefined || !TOKEN_STATUSES.includes(before)
      ? 'It gave no answer.'
      : `It gave no answer; the last that is known of it is ${before}.`
  return { ...toFleetRow({ ...listed, status: undefined, asked: undefined }), cause }
}

export function toFleetRow(listed: ListedConnection): FleetRow {
  const { connection, status, tags, owner, expiresAtMs, asked } = listed
  const row = { connection, status: status ?? 'unknown', tags, owner, expiresAtMs } as const
  if (asked !== undefined) {
    const { level, reason, sinceMs, cause, code, next, goesOn, stops } = toCondition(asked)
    const why = level === 'fine' ? {} : { cause, code, next, goesOn }
    return { ...row, level, reason, sinceMs, keyIds: asked.keyIds, stops, ...why }
  }
  // The state in visibility is whatever its writer has put there.
  if (status === undefined || !TOKEN_STATUSES.includes(status)) return row
  // The row has only the state here, which shows whether a person is needed, but not why.
  const { level, next } = explain({ connection, status })
  return level === 'fine' ? { ...row, level } : { ...row, level, next }
}
