import {
  type DeadNotice,
  type DestinationReport,
  type Notice,
  type NoticeBatch,
  type NoticeTarget,
  type NoticeType,
  noticeSubject,
} from '../../src/contract/notices.js'
import { cutText } from '../../src/contract/outside-values.js'
import { changes, isForgotten, type Subject, withPending, withHandedOut } from './notice-subject.js'

/** As continue-as-new carries it. */
export interface DestinationSnapshot {
  readonly target: NoticeTarget
  readonly subjects: readonly (readonly [key: string, subject: Subject])[]
  readonly more: Readonly<Partial<Record<NoticeType, number>>>
  readonly singles: readonly number[]
  readonly heldSinceMs?: number | undefined
  readonly underWay?: NoticeBatch | undefined
  readonly deliveredAtMs?: number | undefined
  readonly failingSinceMs?: number | undefined
  readonly dead: readonly DeadNotice[]
}

const MINUTE_MS = 60_000
/** More within a minute than these become one digest. */
const SINGLES_A_MINUTE = 10
/** Beyond these, changes are only counted: all of it has to fit into what continue-as-new carries. */
const MOST_PENDING = 40
const MOST_SUBJECTS = 300
const MOST_DEAD = 20
const SUBJECTS_NAMED = 10
const SUBJECT_BYTES = 300
/** Undelivered for so long, a notice is dead. */
export const NOTICE_LIFE_MS = 3 * 24 * 60 * MINUTE_MS

/**
 * What one destination is still to hear. Of each thing only the newest change counts, and one that is taken back before
 * it was told is told to nobody; what flaps is told ever more slowly. Plain state without time of its own.
 */
export class DestinationQueue {
  #target: NoticeTarget
  #subjects: Map<string, Subject>
  #more: Partial<Record<NoticeType, number>>
  #singles: readonly number[]
  #heldSinceMs: number | undefined
  #underWay: NoticeBatch | undefined
  #startedAtMs: number
  #deliveredAtMs: number | undefined
  #failingSinceMs: number | undefined
  #dead: readonly DeadNotice[]

  constructor(snapshot: DestinationSnapshot, nowMs: number) {
    this.#startedAtMs = nowMs
    this.#target = snapshot.target
    this.#subjects = new Map(snapshot.subjects)
    this.#more = { ...snapshot.more }
    this.#singles = snapshot.singles
    this.#heldSinceMs = snapshot.heldSinceMs
    this.#underWay = snapshot.underWay
    this.#deliveredAtMs = snapshot.deliveredAtMs
    this.#failingSinceMs = snapshot.failingSinceMs
    this.#dead = snapshot.dead
  }

  static empty(target: NoticeTarget, nowMs: number): DestinationQueue {
    return new DestinationQueue({ target, subjects: [], more: {}, singles: [], dead: [] }, nowMs)
  }

  /** As the worker has it configured now. */
  get target(): NoticeTarget {
    return this.#target
  }
  set target(target: NoticeTarget) {
    this.#target = target
  }

  /** Takes in a change. */
  add(notice: Notice, nowMs: number): void {
    const key = noticeSubject(notice)
    const known = this.#subjects.get(key)
    if (known?.pending?.notice.id === notice.id) return
    if (known !== undefined && !changes(known, notice)) {
      this.#subjects.set(key, { ...known, pending: undefined })
      return
    }
    if (known?.pending === undefined && this.#pending().length >= MOST_PENDING) {
      this.#more[notice.type] = (this.#more[notice.type] ?? 0) + 1
      this.#heldSinceMs ??= nowMs
      return
    }
    if (known === undefined) this.#makeRoom(nowMs)
    this.#subjects.set(key, withPending(known, notice, nowMs))
  }

  /** When there may be something to hand out; undefined: when something changes. */
  nextAtMs(nowMs: number): number | undefined {
    // The first try has failed by then, which is to be shown.
    const shownAtMs = this.#startedAtMs + MINUTE_MS
    if (this.#underWay !== undefined) return nowMs < shownAtMs ? shownAtMs : undefined
    const moments = this.#pending().map(({ dueAtMs }) => dueAtMs)
    if (this.#heldSinceMs !== undefined) return this.#heldSinceMs + MINUTE_MS
    return moments.length === 0 ? undefined : Math.min(...moments)
  }

  /** What is to be delivered now, one at a time: it stays under way until {@link delivered} or {@link died}. */
  take(nowMs: number, uuid: () => string): NoticeBatch | undefined {
    if (this.#underWay !== undefined) return undefined
    const ready = this.#pending()
      .filter(({ dueAtMs }) => dueAtMs <= nowMs)
      .map(({ notice }) => notice)
      .sort((one, other) => one.atMs - other.atMs)
    const counted = Object.keys(this.#more).length > 0
    if (ready.length === 0 && !counted) {
      this.#heldSinceMs = undefined
      return undefined
    }
    this.#singles = this.#singles.filter((atMs) => nowMs - atMs < MINUTE_MS)
    const room = SINGLES_A_MINUTE - this.#singles.length
    const isHeld = this.#heldSinceMs !== undefined && nowMs - this.#heldSinceMs >= MINUTE_MS
    const [first] = ready
    if (
      this.#heldSinceMs === undefined &&
      !counted &&
      first !== undefined &&
      ready.length <= room
    ) {
      this.#singles = [...this.#singles, nowMs]
      this.#underWay = { id: first.id, sinceMs: first.atMs, notices: [first] }
    } else if (isHeld) {
      const sinceMs = Math.min(nowMs, ...ready.map(({ atMs }) => atMs))
      const isDigest = counted || ready.length > 1
      const id = first === undefined || isDigest ? uuid() : first.id
      this.#underWay = { id, sinceMs, notices: ready, more: counted ? this.#more : undefined }
      this.#more = {}
      this.#heldSinceMs = undefined
    } else {
      this.#heldSinceMs ??= nowMs
      return undefined
    }
    this.#startedAtMs = nowMs
    for (const notice of this.#underWay.notices) this.#noteTold(notice, nowMs)
    return this.#underWay
  }

  get underWay(): NoticeBatch | undefined {
    return this.#underWay
  }

  delivered(nowMs: number): void {
    this.#underWay = undefined
    this.#deliveredAtMs = nowMs
    this.#failingSinceMs = undefined
  }

  /** It is never delivered any more. */
  died(why: string, nowMs: number): void {
    const batch = this.#underWay
    if (batch === undefined) return
    this.#underWay = undefined
    this.#failingSinceMs ??= batch.sinceMs
    const types: Partial<Record<NoticeType, number>> = { ...batch.more }
    for (const { type } of batch.notices) types[type] = (types[type] ?? 0) + 1
    const subjects = [...new Set(batch.notices.map(noticeSubject))]
      .slice(0, SUBJECTS_NAMED)
      .map((subject) => cutText(subject, SUBJECT_BYTES))
    const dead = { id: batch.id, sinceMs: batch.sinceMs, diedAtMs: nowMs, types, subjects, why }
    this.#dead = [...this.#dead, dead].slice(-MOST_DEAD)
  }

  /** Nothing of it has to be remembered. */
  isIdle(nowMs: number): boolean {
    this.#forgetOld(nowMs)
    return this.#underWay === undefined && this.#subjects.size === 0 && this.#dead.length === 0
  }

  report(nowMs: number): DestinationReport {
    const isSlow = this.#underWay !== undefined && nowMs - this.#startedAtMs >= MINUTE_MS
    const more = sumOf(this.#more)
    const { notices = [], more: counted = {} } = this.#underWay ?? {}
    return {
      name: this.#target.name,
      kind: this.#target.kind,
      waiting: this.#pending().length + more + notices.length + sumOf(counted),
      deliveredAtMs: this.#deliveredAtMs,
      failingSinceMs: this.#failingSinceMs ?? (isSlow ? this.#startedAtMs : undefined),
      dead: this.#dead,
    }
  }

  snapshot(): DestinationSnapshot {
    return {
      target: this.#target,
      subjects: [...this.#subjects],
      more: this.#more,
      singles: this.#singles,
      heldSinceMs: this.#heldSinceMs,
      underWay: this.#underWay,
      deliveredAtMs: this.#deliveredAtMs,
      failingSinceMs: this.#failingSinceMs,
      dead: this.#dead,
    }
  }

  #pending(): readonly NonNullable<Subject['pending']>[] {
    return [...this.#subjects.values()].flatMap(({ pending }) =>
      pending === undefined ? [] : [pending],
    )
  }

  #noteTold(notice: Notice, nowMs: number): void {
    const key = noticeSubject(notice)
    this.#subjects.set(key, withHandedOut(this.#subjects.get(key), notice, nowMs))
  }

  /** Forgets what nothing is pending of, first what has been known longest. */
  #makeRoom(nowMs: number): void {
    this.#forgetOld(nowMs)
    for (const [key, { pending }] of this.#subjects) {
      if (this.#subjects.size < MOST_SUBJECTS) return
      if (pending === undefined) this.#subjects.delete(key)
    }
  }

  #forgetOld(nowMs: number): void {
    for (const [key, subject] of this.#subjects)
      if (isForgotten(subject, nowMs)) this.#subjects.delete(key)
  }
}

function sumOf(counts: Readonly<Partial<Record<NoticeType, number>>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
