import type { ConnectionChange } from '../../src/contract/notice-activities.js'
import type { ConnectionStatus, TokenStatus } from '../../src/contract/token-status.js'
import { connectionStatus } from './connection-status.js'
import {
  addChange,
  type NoticesPart,
  startNotices,
  withoutChanges,
  withTold,
  withWarnings,
} from './parts/notices.js'
import type { TokenParts } from './token-parts.js'
import { warningsOf } from './warnings.js'
import type { TokenWorld } from './token-world.js'

/**
 * Collects what is to be reported, where a keeper worker has destinations for it. A grant that is proved dead is reported
 * at once, though its token may live on for a while: there is time to act.
 */
export class NoticeOutbox {
  readonly #parts: TokenParts

  constructor(parts: TokenParts) {
    this.#parts = parts
  }

  /** Not handed on yet, oldest first. */
  get changes(): readonly ConnectionChange[] {
    return this.#parts.notices?.pending ?? []
  }

  /** Notes what has changed since it was asked last. */
  note(nowMs: number): void {
    const parts = this.#parts
    const { notices, describeNeeded } = parts.definition
    if (notices !== true) parts.notices = undefined
    // Until a keeper worker has said what holds now.
    if (notices !== true || describeNeeded) return
    parts.notices = noted(parts, nowMs)
  }

  /** These were handed on. */
  forget(ids: ReadonlySet<string>): void {
    const { notices } = this.#parts
    if (notices !== undefined) this.#parts.notices = withoutChanges(notices, ids)
  }
}

function noted(parts: TokenParts, nowMs: number): NoticesPart {
  const status = toTold(connectionStatus(parts, nowMs))
  const state = status.afterExpiry ?? status.beneath ?? status.status
  const run = parts.firstExecutionRunId ?? ''
  let part = parts.notices ?? startNotices(state)
  if (part.state !== state) {
    const type = typeOf(part.state, state)
    const change = { atMs: nowMs, previous: part.state, status }
    if (type !== undefined) part = addChange(part, { type, ...change }, run)
    part = withTold(part, state)
  }
  const warnings = warningsOf(parts, nowMs)
  for (const { code, message } of warnings)
    if (!part.warned.includes(code)) {
      const type = 'connection.expiring'
      part = addChange(part, { type, atMs: nowMs, warning: { code, message }, status }, run)
    }
  return withWarnings(
    part,
    warnings.map(({ code }) => code),
  )
}

function typeOf(before: TokenStatus, now: TokenStatus): ConnectionChange['type'] | undefined {
  switch (now) {
    case 'active':
      return before === 'pending' || before === 'revoked'
        ? 'connection.connected'
        : 'connection.recovered'
    case 'degraded':
    case 'misconfigured':
    case 'needs_reauth':
    case 'rejected':
    case 'revoked':
      return `connection.${now}`
    case 'pending':
    case 'paused':
      return undefined
  }
}

/** Leaves out what no notice contains, since the value goes into the history. */
function toTold(status: ConnectionStatus): ConnectionStatus {
  return {
    ...status,
    metadata: undefined,
    description: undefined,
    leaseHolders: undefined,
    waitingFlows: [],
    keyIds: undefined,
    warnings: undefined,
  }
}

interface Reported {
  readonly connection: string
  readonly outbox: NoticeOutbox
}

/** Sends changes to the notices workflow. Nothing waits for that: what is under way at the end of a run is sent again by the next run. */
export class Notifier {
  readonly #state: Reported
  readonly #world: TokenWorld
  readonly #wake: () => void
  #isHanding = false

  constructor(state: Reported, world: TokenWorld, wake: () => void) {
    this.#state = state
    this.#world = world
    this.#wake = wake
  }

  /** Whether something is being handed on. */
  get isHanding(): boolean {
    return this.#isHanding
  }

  tell(): void {
    const { connection, outbox } = this.#state
    outbox.note(this.#world.now())
    const { changes } = outbox
    if (this.#isHanding || changes.length === 0) return
    this.#isHanding = true
    const handed = new Set(changes.map(({ id }) => id))
    // Tried until it works; what can never work is forgotten.
    void this.#world.activities.quick['tokenkeeper.notify']({ connection, changes })
      .catch(() => undefined)
      .then(() => {
        this.#isHanding = false
        outbox.forget(handed)
        this.#wake()
      })
  }
}
