import {
  getCurrentDetails,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import { parseConnection, tokenWorkflowId } from '../../src/contract/connection-ref.js'
import { toCode, toMarkdown } from '../../src/contract/foreign-text.js'
import { LOG_EVENTS, logFields } from '../../src/contract/log-events.js'
import type { LeaseReply } from '../../src/contract/messages.js'
import { searchAttributeKey } from '../../src/contract/search-attributes.js'

const WAITING_FOR = searchAttributeKey('TokenkeeperWaitingFor')

/** Something that a flow waits for. `parked`: a connection is not usable. `waiting`: an upstream asked for time. */
export interface Wait {
  readonly state: 'parked' | 'waiting' | 'paused'
  /** Absent: an operator paused the flow itself. */
  readonly connection?: string | undefined
  /** In short, for sums: `needs_reauth: revoked`. */
  readonly why: string
  /** In full: what it waits for, and what to do. */
  readonly message: string
  readonly sinceMs: number
  readonly untilMs?: number | undefined
}

/** Shows in the current details and a search attribute what this flow waits for. */
export class WaitingDisplay {
  /** Is called when a wait begins. */
  onWaiting: ((waiting: Wait) => void) | undefined
  /** Is called when a wait is over, with how long it took, and what takes its place. */
  onWaited: ((waiting: Wait, ms: number, next: Pick<Wait, 'state'> | undefined) => void) | undefined
  readonly #waiting = new Map<string, Wait>()
  #detailsBefore = ''
  #attributeSet = false

  /** Shows that a connection is not usable, in the words of its token workflow. */
  park(
    connection: string,
    reply: Extract<LeaseReply, { outcome: 'waiting' }>,
    untilMs: number | undefined,
  ): void {
    const { message, searchAttributes } = reply
    const why = { state: 'parked', connection, why: shortReason(reply), message, untilMs } as const
    this.show(why, Date.now(), searchAttributes)
  }

  /** Shows or updates what is waited for. */
  show(waiting: Omit<Wait, 'sinceMs'>, nowMs: number, searchAttributes: readonly string[]): void {
    const key = waiting.connection ?? ''
    if (this.#waiting.size === 0) this.#detailsBefore = getCurrentDetails()
    const before = this.#waiting.get(key)
    if (before !== undefined && before.why !== waiting.why) {
      this.onWaited?.(before, nowMs - before.sinceMs, waiting)
      this.#waiting.delete(key)
    }
    const known = this.#waiting.get(key)
    const sinceMs = known?.sinceMs ?? nowMs
    this.#waiting.set(key, { ...waiting, sinceMs })
    if (known === undefined) {
      logWait(waiting)
      this.onWaiting?.({ ...waiting, sinceMs })
    }
    this.#draw()
    if (waiting.connection === undefined || !searchAttributes.includes(WAITING_FOR.name)) return
    this.#attributeSet = true
    upsertSearchAttributes([{ key: WAITING_FOR, value: waiting.connection }])
  }

  /** Takes it away again, and brings back the details that the flow had. */
  clear(connection: string | undefined): void {
    const waiting = this.#waiting.get(connection ?? '')
    if (waiting === undefined) return
    this.#waiting.delete(connection ?? '')
    const waitedMs = Date.now() - waiting.sinceMs
    log[waiting.state === 'waiting' ? 'debug' : LOG_EVENTS.flow_goes_on.level](
      `tokenkeeper: ${subjectOf(waiting)} goes on`,
      logFields('flow_goes_on', { connection, waitedMs }),
    )
    this.onWaited?.(waiting, waitedMs, undefined)
    this.#draw()
    if (!this.#attributeSet || this.#waiting.size > 0) return
    this.#attributeSet = false
    upsertSearchAttributes([{ key: WAITING_FOR, value: null }])
  }

  /** What is waited for longest. */
  current(): Wait | undefined {
    const [first, ...others] = this.#waiting.values()
    if (first === undefined) return undefined
    return others.reduce((longest, one) => (one.sinceMs < longest.sinceMs ? one : longest), first)
  }

  /** The details beside what is waited for. */
  setDetails(details: string): void {
    this.#detailsBefore = details
    this.#draw()
  }

  #draw(): void {
    const lines = this.#waiting.size === 0 ? '' : this.#lines()
    const blocks = [lines, this.#detailsBefore]
    setCurrentDetails(blocks.filter((block) => block !== '').join('\n\n'))
  }

  #lines(): string {
    return ['### Waits for', ...[...this.#waiting.values()].map(describeWait)].join('\n')
  }
}

/** Markdown for the Web UI: a line. */
function describeWait(wait: Wait): string {
  const { connection, message, sinceMs } = wait
  const since = `since ${new Date(sinceMs).toISOString()}, ${untilText(wait)}`
  if (connection === undefined) return `- **an operator** ${since}: ${toMarkdown(message)}`
  const ref = parseConnection(connection)
  const where = ref === undefined ? '' : `, workflow ${toCode(tokenWorkflowId(ref))},`
  return `- **${toMarkdown(connection)}**${where} ${since}: ${toMarkdown(message)}`
}

function untilText({ state, untilMs }: Wait): string {
  const until = untilMs === undefined ? '' : new Date(untilMs).toISOString()
  if (state === 'waiting') return `until ${until}`
  if (state === 'paused') return 'until it is resumed'
  return untilMs === undefined
    ? 'until the connection is usable again, however long that takes'
    : `until the connection is usable again, and no longer than ${until}: then it fails`
}

const WAIT_EVENTS = { parked: 'flow_parked', paused: 'flow_paused', waiting: 'flow_waits' } as const

/** Logs one line where a wait begins, but none for a limit of an upstream: nobody has to act on it. */
function logWait(waiting: Omit<Wait, 'sinceMs'>): void {
  const { state, connection, why, message } = waiting
  const event = WAIT_EVENTS[state]
  log[LOG_EVENTS[event].level](
    `tokenkeeper: ${subjectOf(waiting)} is ${state} (${why}): ${message}`,
    logFields(event, { connection, why }),
  )
}

function subjectOf({ connection }: Pick<Wait, 'connection'>): string {
  return connection === undefined ? 'this flow' : `this flow at ${connection}`
}

function shortReason({ status, reason }: Extract<LeaseReply, { outcome: 'waiting' }>): string {
  if (status === 'paused') return 'paused by an operator'
  return reason === undefined ? status : `${status}: ${reason}`
}
