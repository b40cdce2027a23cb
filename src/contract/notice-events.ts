import { connectorOf } from './connection-ref.js'
import type { Notice, NoticeBatch, NoticedStep, NoticedSync, NoticeType } from './notices.js'

/** The body of a message, as Standard Webhooks has it; also the argument of an activity of the user's own. */
export type NoticeEvent =
  | { readonly type: NoticeType; readonly timestamp: string; readonly data: NoticeData }
  | { readonly type: 'notices.digest'; readonly timestamp: string; readonly data: NoticeDigest }

export interface NoticeData {
  readonly connection: string
  readonly connector: string
  readonly message: string
  readonly status?: Notice['status']
  readonly previous?: Notice['previous']
  readonly reason?: Notice['reason']
  readonly code?: string | undefined
  readonly generation?: number | undefined
  readonly next?: NoticedStep | undefined
  readonly waitingFlows?: number | undefined
  readonly sync?: NoticedSync | undefined
  readonly tags?: readonly string[] | undefined
  readonly owner?: string | undefined
}

/** Many changes within a minute. */
export interface NoticeDigest {
  /** How many changes there were, by type. */
  readonly counts: Readonly<Partial<Record<NoticeType, number>>>
  /** The first of them; `counts` counts those that are left out as well. */
  readonly notices: readonly {
    readonly type: NoticeType
    readonly timestamp: string
    readonly data: NoticeData
  }[]
}

/** What is sent of a batch. */
export function toEventBody(batch: NoticeBatch): NoticeEvent {
  const { notices, more = {}, sinceMs } = batch
  const [first] = notices
  if (first !== undefined && notices.length === 1 && Object.keys(more).length === 0)
    return toEvent(first)
  const data = { counts: countsOf(batch), notices: notices.map(toEvent) }
  return { type: 'notices.digest', timestamp: new Date(sinceMs).toISOString(), data }
}

/** How many changes a batch reports, by type. */
export function countsOf({ notices, more = {} }: NoticeBatch): NoticeDigest['counts'] {
  const counts: Partial<Record<NoticeType, number>> = { ...more }
  for (const { type } of notices) counts[type] = (counts[type] ?? 0) + 1
  return counts
}

function toEvent({ id: _id, type, atMs, ...rest }: Notice): NoticeDigest['notices'][number] {
  const data = { connector: connectorOf(rest.connection), ...rest }
  return { type, timestamp: new Date(atMs).toISOString(), data }
}
