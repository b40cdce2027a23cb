import { KEEPER_TASK_QUEUE } from './task-queues.js'
import type { ReauthReason, TokenStatus } from './token-status.js'

/** The types of notices about connections and syncs, in the form of Standard Webhooks' event types. */
export const NOTICE_TYPES = [
  'connection.connected',
  'connection.degraded',
  'connection.expiring',
  'connection.misconfigured',
  'connection.needs_reauth',
  'connection.recovered',
  'connection.rejected',
  'connection.revoked',
  'sync.failed',
  'sync.parked',
  'sync.recovered',
] as const
export type NoticeType = (typeof NOTICE_TYPES)[number]

/** One change that somebody should hear of. Plain data without secrets; texts are plain, and not yet escaped for any place. */
export interface Notice {
  /** The same for every try to deliver it. */
  readonly id: string
  readonly type: NoticeType
  readonly atMs: number
  readonly connection: string
  /** The sync that it is about. */
  readonly sync?: NoticedSync | undefined
  readonly status?: TokenStatus | undefined
  readonly previous?: TokenStatus | undefined
  readonly reason?: ReauthReason | undefined
  readonly code?: string | undefined
  readonly generation?: number | undefined
  /** What happened and why, in a sentence or two. */
  readonly message: string
  readonly next?: NoticedStep | undefined
  /** Flows that wait for the connection. */
  readonly waitingFlows?: number | undefined
  readonly tags?: readonly string[] | undefined
  readonly owner?: string | undefined
}

export interface NoticedSync {
  readonly workflowId: string
  readonly endpoint: string
  /** The connection and endpoint, or the function, that it writes to. */
  readonly to: string
}

/** What to do next: in words, as a command, and by a link where the operator has configured one. */
export interface NoticedStep {
  readonly text: string
  readonly command?: string | undefined
  readonly url?: string | undefined
}

/** Where notices go, as the notices workflow has to know it: addresses and secrets stay on the worker. */
export type NoticeTarget =
  | { readonly kind: 'webhook' | 'slack'; readonly name: string }
  | {
      readonly kind: 'activity'
      readonly name: string
      readonly activity: string
      readonly taskQueue?: string | undefined
    }

/** The argument of the signal `tokenkeeper.notice`. */
export interface NoticeMessage {
  readonly notice: Notice
  readonly targets: readonly NoticeTarget[]
}

/** What is delivered at once. */
export interface NoticeBatch {
  /** `webhook-id`: a receiver that has seen it drops it. */
  readonly id: string
  readonly sinceMs: number
  readonly notices: readonly Notice[]
  /** How many more there are, by type, of which nothing else is kept. */
  readonly more?: Readonly<Partial<Record<NoticeType, number>>> | undefined
}

export interface DeliverNoticeInput {
  readonly destination: string
  readonly batch: NoticeBatch
}

/** The answer of the query `tokenkeeper.notices`. */
export interface NoticesReport {
  readonly destinations: readonly DestinationReport[]
  /** Changes that were dropped, for there were too many destinations; absent: none. */
  readonly refused?: number | undefined
}
export interface DestinationReport {
  readonly name: string
  readonly kind: NoticeTarget['kind']
  /** Changes that are not delivered yet. */
  readonly waiting: number
  readonly deliveredAtMs?: number | undefined
  /** Deliveries fail since then. */
  readonly failingSinceMs?: number | undefined
  /** What could not be delivered within three days: the last of them. */
  readonly dead: readonly DeadNotice[]
}
export interface DeadNotice {
  readonly id: string
  readonly sinceMs: number
  readonly diedAtMs: number
  readonly types: Readonly<Partial<Record<NoticeType, number>>>
  /** Connections, and workflow ids of syncs: the first of them. */
  readonly subjects: readonly string[]
  readonly why: string
}

export const NOTICE_SIGNAL = 'tokenkeeper.notice'
export const NOTICES_QUERY = 'tokenkeeper.notices'

/** The one workflow that delivers the notices of a keeper's task queue. */
export function noticesWorkflowId(taskQueue: string): string {
  const id = 'tokenkeeper-notices'
  return taskQueue === KEEPER_TASK_QUEUE ? id : `${id}:${taskQueue}`
}

const TROUBLE: ReadonlySet<NoticeType> = new Set<NoticeType>([
  'connection.degraded',
  'connection.misconfigured',
  'connection.needs_reauth',
  'connection.rejected',
  'sync.failed',
  'sync.parked',
])

/** Whether a later notice reports that this trouble is over. */
export function isTrouble(type: NoticeType | undefined): boolean {
  return type !== undefined && TROUBLE.has(type)
}

/** Whether it reports only the end of a trouble: it is dropped where the trouble itself was never reported. */
export function isRecovery(type: NoticeType): boolean {
  return type === 'connection.recovered' || type === 'sync.recovered'
}

/** What a notice is about: the changes of one thing replace each other. */
export function noticeSubject({ connection, sync, type, code }: Notice): string {
  if (sync !== undefined) return sync.workflowId
  return type === 'connection.expiring' ? `${connection} ${code ?? ''}` : connection
}
