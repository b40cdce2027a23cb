import type { Lease } from '../../../src/contract/lease.js'
import type { RejectedGeneration } from '../../../src/contract/messages.js'
import { applyVerification } from '../../../workflows/token/doubt-looks.js'
import type { Work } from '../../../workflows/token/work.js'
import { toCarried } from '../../../workflows/token/carried.js'
import { applyMint } from '../../../workflows/token/token-results.js'
import type { HealthKind } from '../../../workflows/token/parts/health.js'
import type { TokenParts } from '../../../workflows/token/token-parts.js'
import { OpenState } from './open-state.js'
import { createRandom } from '../../simulation/random.js'
import { activeParts, failed, minted, T0 } from './token-fixtures.js'
import type { Story, Weather } from './weather.js'

const KILL_EVERY_MS = 250
const AFTER_FAILURE_MS = 5000

interface Flow {
  readonly name: string
  readonly endpoint: string
  readonly gapMs: number
  nextMs: number
  lease?: Lease
  rejected?: RejectedGeneration
  /** A request that waits for its answer. */
  asked?: string
}

/** The real token state on a clock of its own, with flows and a world that follows a story. */
export class WeatheredConnection {
  state: OpenState
  nowMs = T0
  /** When all is well again. */
  readonly wellMs: number
  readonly mints: number[] = []
  readonly looks: number[] = []
  /** Of each flow, when a request passed last. */
  readonly passedMs = new Map<string, number>()
  ownFailures = 0
  /** Verdicts, each with the bad answers in a row that it came of. */
  readonly verdicts: { readonly health: string; readonly answers: number }[] = []
  readonly #random: () => number
  readonly #flows: readonly Flow[]
  readonly #kills: readonly number[]
  readonly #fine: Weather
  #work: { readonly work: Work; readonly startedMs: number; readonly endsMs: number } | undefined
  #lastPass: { readonly generation: number; readonly atMs: number } | undefined
  /** In a row, of the API. */
  #refusals = 0
  /** In a row, of its verify endpoint. */
  #badLooks = 0
  /** In a row, of the token endpoint. */
  #badTokens = 0
  #ids = 0

  constructor(private readonly story: Story) {
    const { facts, lifetimeMs, weathers, gapsMs } = story
    this.#random = createRandom(story.seed)
    this.state = new OpenState(activeParts(facts, facts.refreshes ? lifetimeMs : undefined))
    let atMs = T0
    const kills: number[] = []
    for (const { forMs, kills: times } of weathers) {
      for (let kill = 0; kill < times; kill += 1)
        if (kill * KILL_EVERY_MS < forMs) kills.push(atMs + kill * KILL_EVERY_MS)
      atMs += forMs
    }
    this.#kills = facts.refreshes ? kills : []
    this.wellMs = atMs
    const mood = { api: 'lags', ms: story.lagMs } as const
    this.#fine = { forMs: Infinity, mood, verify: 'truth', tokens: ['ok'], kills: 0 }
    this.#flows = gapsMs.map((gapMs, index) => ({
      name: `flow-${String(index)}`,
      endpoint: index === 0 ? 'orders.list' : `other-${String(index)}`,
      gapMs,
      nextMs: T0 + Math.floor(this.#random() * gapMs),
    }))
  }

  get health(): HealthKind {
    return this.state.parts.health.kind
  }

  get flows(): readonly string[] {
    return this.#flows.map(({ name }) => name)
  }

  /** Plays on until a moment, or until `isOver`. */
  run(untilMs: number, isOver: () => boolean = () => false): void {
    for (let turns = 0; this.nowMs < untilMs && !isOver(); turns += 1) {
      if (turns > 200_000) throw new Error('the state asks for work without end')
      this.#turn(untilMs)
    }
  }

  #turn(untilMs: number): void {
    const due = this.#settle()
    if (due.now !== undefined && this.#work === undefined) {
      const tookMs = 1 + Math.floor(this.#random() * 400)
      this.#work = { work: due.now, startedMs: this.nowMs, endsMs: this.nowMs + tookMs }
    }
    const moments = [
      this.#work?.endsMs ?? due.atMs,
      ...this.#flows.flatMap(({ asked, nextMs }) => (asked === undefined ? [nextMs] : [])),
    ]
    const next = Math.min(untilMs, ...moments.filter((moment) => moment !== undefined))
    this.nowMs = Math.max(next, this.nowMs + (due.now === undefined ? 1 : 0))
    if (this.#work !== undefined && this.#work.endsMs <= this.nowMs) this.#finish(this.#work)
    for (const flow of this.#flows)
      if (flow.asked === undefined && flow.nextMs <= this.nowMs) this.#request(flow)
    // A run ends and the next one goes on: what is carried is plain JSON.
    if (this.#work === undefined && this.#random() < 0.01)
      this.state = new OpenState(
        JSON.parse(JSON.stringify(toCarried(this.state.parts, this.nowMs))) as TokenParts,
      )
  }

  #settle() {
    const before = this.health
    const due = this.state.due(this.nowMs)
    for (const { reply } of this.state.takeReplies(this.nowMs)) {
      const flow = this.#flows.find(({ asked }) => asked === reply.requestId)
      if (flow === undefined || reply.outcome === 'waiting') continue
      delete flow.asked
      delete flow.rejected
      if (reply.outcome === 'granted') flow.lease = reply.lease
      else this.ownFailures += 1
      flow.nextMs = this.nowMs + (reply.outcome === 'granted' ? 0 : AFTER_FAILURE_MS)
    }
    this.#note(before)
    return due
  }

  /** One request to the API, or one for a lease where none is held. */
  #request(flow: Flow): void {
    const { lease, endpoint } = flow
    if (lease === undefined || lease.expiresAtMs <= this.nowMs) {
      this.#ask(flow)
      return
    }
    const { generation, issuedAtMs } = lease
    if (this.#takes(issuedAtMs, endpoint)) {
      this.#lastPass = { generation, atMs: this.nowMs }
      this.passedMs.set(flow.name, this.nowMs)
      this.#refusals = 0
      flow.nextMs = this.nowMs + flow.gapMs
      return
    }
    this.#refusals += 1
    const last = this.#lastPass
    const passed =
      last === undefined
        ? undefined
        : { generation: last.generation, agoMs: this.nowMs - last.atMs }
    flow.rejected = {
      generation,
      status: 401,
      endpoint,
      passed,
    }
    delete flow.lease
    this.#ask(flow)
  }

  #ask(flow: Flow): void {
    const before = this.health
    this.#ids += 1
    flow.asked = String(this.#ids)
    const { rejected } = flow
    this.state.enqueue(
      {
        requestId: flow.asked,
        replyTo: flow.name,
        minValidityMs: 0,
        rejected,
      },
      this.nowMs,
    )
    this.#note(before)
  }

  #finish({ work, startedMs }: { readonly work: Work; readonly startedMs: number }): void {
    this.#work = undefined
    const { parts } = this.state
    const before = this.health
    if (work.kind === 'mint') this.#mint(work.cause, startedMs)
    else if (work.kind === 'verify-current') {
      this.looks.push(this.nowMs)
      const { verify } = this.#weather()
      const truth = this.#takes(parts.token.held?.issuedAtMs ?? 0, 'verify')
        ? 'accepted'
        : 'refused'
      const verdict =
        verify === 'truth' ? truth : verify === 'unknown-for-good' ? 'unknown' : verify
      if (verdict !== 'unknown') this.#badLooks = verdict === 'accepted' ? 0 : this.#badLooks + 1
      applyVerification(
        parts,
        { outcome: verdict, again: verify !== 'unknown-for-good' },
        this.nowMs,
      )
    } else throw new Error(`${work.kind} is no part of the story`)
    this.#note(before)
  }

  #mint(cause: string, startedMs: number): void {
    this.mints.push(this.nowMs)
    const { tokens, retryAfterMs } = this.#weather()
    const outcome = tokens[Math.floor(this.#random() * tokens.length)] ?? 'ok'
    const times = { sentAtMs: startedMs, answeredAtMs: this.nowMs }
    const good = { ...minted('token'), ...times, lifetimeMs: this.story.lifetimeMs }
    this.#badTokens = outcome === 'ok' ? 0 : this.#badTokens + 1
    const told = outcome === 'throttled' && retryAfterMs !== undefined ? { retryAfterMs } : {}
    const result = outcome === 'ok' ? good : { ...failed(outcome, `code_${outcome}`), ...told }
    const moment = { scheduledAtMs: startedMs, nowMs: this.nowMs, random: this.#random() }
    applyMint(this.state.parts, result, cause, moment)
  }

  #note(before: string): void {
    if (this.health === before || this.health === 'active' || this.health === 'degraded') return
    const refusals = Math.max(this.#refusals, this.#badLooks)
    const answers = this.health === 'rejected' ? refusals : this.#badTokens
    this.verdicts.push({ health: this.health, answers })
  }

  #weather(): Weather {
    let atMs = T0
    for (const weather of this.story.weathers) {
      atMs += weather.forMs
      if (this.nowMs < atMs) return weather
    }
    return this.#fine
  }

  #takes(issuedAtMs: number, endpoint: string): boolean {
    const isDead = this.#kills.some((killMs) => issuedAtMs <= killMs && killMs <= this.nowMs)
    if (isDead) return false
    const { mood } = this.#weather()
    switch (mood.api) {
      case 'good':
        return true
      case 'refuses':
        return this.#random() >= mood.share
      case 'refuses-endpoint':
        return endpoint !== 'orders.list'
      case 'lags':
        return this.nowMs >= issuedAtMs + mood.ms
    }
  }
}
