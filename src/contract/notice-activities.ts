import type { ConnectionStatus } from './token-status.js'
import type { DeliverNoticeInput, NoticeType } from './notices.js'

/** What a token workflow reports of a change, as things stand at the moment of the change. */
export interface NotifyInput {
  readonly connection: string
  readonly changes: readonly ConnectionChange[]
}
export interface ConnectionChange {
  readonly id: string
  readonly type: Extract<NoticeType, `connection.${string}`>
  readonly atMs: number
  readonly previous?: ConnectionStatus['status'] | undefined
  /** Which of the warnings it is about, for `connection.expiring`: its code and its text. */
  readonly warning?: { readonly code: string; readonly message: string } | undefined
  readonly status: ConnectionStatus
}

/** What a sync reports of a change. */
export interface NotifySyncInput {
  readonly id: string
  readonly type: Extract<NoticeType, `sync.${string}`>
  readonly atMs: number
  /** The one that it waits for, or that it reads from. */
  readonly connection: string
  readonly endpoint: string
  readonly to: string
  readonly code?: string | undefined
  readonly message: string
  /** The sync that had failed, where this one has gone on for it. */
  readonly failedWorkflowId?: string | undefined
}

/** Activities by which changes reach people. They run on the keeper worker's task queue. */
export interface NoticeActivities {
  /** Hands changes of a connection to the notices workflow; for its own token workflow only. */
  'tokenkeeper.notify': (input: NotifyInput) => Promise<void>
  'tokenkeeper.notify-sync': (input: NotifySyncInput) => Promise<void>
  /** One try to deliver; for the notices workflow only. */
  'tokenkeeper.deliver-notice': (input: DeliverNoticeInput) => Promise<void>
}
