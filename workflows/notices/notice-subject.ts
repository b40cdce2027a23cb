import { isRecovery, isTrouble, type Notice, type NoticeType } from '../../src/contract/notices.js'

/** What is known of one thing that notices are about. */
export interface Subject {
  /** The last notice that was handed out. */
  readonly told?: { readonly type: NoticeType; readonly why: string } | undefined
  /** When notices of it were handed out, in the last hour. */
  readonly toldAtMs: readonly number[]
  readonly pending?: { readonly notice: Notice; readonly dueAtMs: number } | undefined
}

const HOUR_MS = 3_600_000
/** A change must hold so long before it is told; from the third one within an hour on, four times as long each time. */
const SETTLE_MS = 3000
const LONGEST_SETTLE_MS = HOUR_MS / 2
const TROUBLE_KEPT_MS = 30 * 24 * HOUR_MS

/** Whether a notice says anything else than the last one; the end of a trouble that nobody was told of does not. */
export function changes({ told }: Subject, notice: Notice): boolean {
  const isAsBefore = told?.type === notice.type && told.why === whyOf(notice)
  return !isAsBefore && !(isRecovery(notice.type) && !isTrouble(told?.type))
}

/** With a notice that is handed out when it has held for a while, in place of the one that waited. */
export function withPending(known: Subject | undefined, notice: Notice, nowMs: number): Subject {
  const toldAtMs = known?.toldAtMs.filter((atMs) => nowMs - atMs < HOUR_MS) ?? []
  const settleMs = Math.min(SETTLE_MS * 4 ** Math.max(0, toldAtMs.length - 1), LONGEST_SETTLE_MS)
  return { told: known?.told, toldAtMs, pending: { notice, dueAtMs: nowMs + settleMs } }
}

/** After a notice was handed out: nothing is pending. */
export function withHandedOut(known: Subject | undefined, notice: Notice, nowMs: number): Subject {
  const told = { type: notice.type, why: whyOf(notice) }
  return { told, toldAtMs: [...(known?.toldAtMs ?? []), nowMs] }
}

/** With what was told an hour ago nothing is compared any more, but a trouble that is not over. */
export function isForgotten({ pending, told, toldAtMs }: Subject, nowMs: number): boolean {
  const keptMs = isTrouble(told?.type) ? TROUBLE_KEPT_MS : HOUR_MS
  return pending === undefined && nowMs - (toldAtMs.at(-1) ?? 0) >= keptMs
}

/** What two notices of one type differ in. */
function whyOf({ reason, code }: Notice): string {
  return `${reason ?? ''} ${code ?? ''}`
}
