import { describe, expect, it } from 'vitest'
import type { ConnectorFacts } from '../../../src/contract/connector-facts.js'
import { applyVerification } from '../../../workflows/token/doubt-looks.js'
import { applyMint } from '../../../workflows/token/token-results.js'
import { OpenState } from './open-state.js'
import { activeParts, at, failed, FACTS, minted, STATIC_FACTS, T0 } from './token-fixtures.js'

/** A connection with flows that are refused, on a clock of its own. */
class Doubted {
  readonly state: OpenState
  nowMs = T0 + 1000
  refreshes = 0
  looks = 0
  #ids = 0

  constructor(
    facts: ConnectorFacts,
    private readonly api: {
      good: () => boolean
      verify?: () => 'accepted' | 'refused' | 'unknown'
    },
  ) {
    this.state = new OpenState(activeParts(facts))
  }

  get status() {
    return this.state.status(this.nowMs).status
  }

  /** Carries out whatever is due, up to a moment. */
  run(untilMs = this.nowMs): void {
    for (;;) {
      const due = this.state.due(this.nowMs)
      if (due.now?.kind === 'mint') {
        this.refreshes += 1
        const token = { ...minted('token'), sentAtMs: this.nowMs, answeredAtMs: this.nowMs }
        applyMint(this.state.parts, token, due.now.cause, at(this.nowMs))
      } else if (due.now?.kind === 'verify-current') {
        this.looks += 1
        const verdict = this.api.verify?.() ?? 'unknown'
        applyVerification(this.state.parts, { outcome: verdict, again: true }, this.nowMs)
      } else if (due.atMs !== undefined && due.atMs <= untilMs) this.nowMs = due.atMs
      else break
    }
    this.nowMs = Math.max(this.nowMs, untilMs)
  }

  /** One request of a flow, tried until it passes, is denied, or waits for longer than `maxMs`. */
  call(flow: string, endpoint = 'orders.list', maxMs = 600_000, good = this.api.good): string {
    const untilMs = this.nowMs + maxMs
    let rejected: { generation: number; status: number; endpoint: string } | undefined
    for (let tries = 1; ; tries += 1) {
      expect(tries).toBeLessThan(60)
      this.#ids += 1
      const requestId = String(this.#ids)
      const request = { requestId, replyTo: flow, minValidityMs: 0 }
      this.state.enqueue(rejected === undefined ? request : { ...request, rejected }, this.nowMs)
      for (;;) {
        this.run()
        const replies = this.state.takeReplies(this.nowMs)
        const reply = replies.find((one) => one.reply.requestId === requestId)?.reply
        if (reply?.outcome === 'denied') return reply.code
        if (reply?.outcome === 'granted') {
          rejected = { generation: reply.lease.generation, status: 401, endpoint }
          break
        }
        const next = this.state.due(this.nowMs).atMs ?? Number.POSITIVE_INFINITY
        if (next > untilMs) {
          this.state.forget([requestId])
          return this.status
        }
        this.run(Math.max(next, this.nowMs))
      }
      if (good()) return 'passed'
    }
  }
}

const VERIFIED = { ...FACTS, hasVerify: true }
const STATIC_VERIFIED = { ...STATIC_FACTS, hasVerify: true }

describe('two and more refusals in a row of a grant that can refresh', () => {
  it.each([
    ['with a verify endpoint', VERIFIED],
    ['without one', FACTS],
  ])('are waited out, %s', (_name, facts) => {
    for (const lagMs of [0, 500, 1500, 5000, 30_000, 300_000]) {
      const good = () => doubted.nowMs >= T0 + 1000 + lagMs
      const doubted: Doubted = new Doubted(facts, {
        good,
        verify: () => (good() ? 'accepted' : 'refused'),
      })
      expect(doubted.call('sync-1', 'orders.list', 1_200_000)).toBe('passed')
      // No dead time above some minutes, and no storm.
      expect(doubted.nowMs - (T0 + 1000 + lagMs)).toBeLessThanOrEqual(300_000)
      expect(doubted.refreshes).toBeLessThanOrEqual(12)
      doubted.run(doubted.nowMs + 60_000)
      expect(doubted.status).toBe('active')
    }
  })

  it.each([
    ['with a verify endpoint', VERIFIED],
    ['without one', FACTS],
  ])(
    'have a verdict after several answers, and it is looked at again within minutes, %s',
    (_name, facts) => {
      const api = { isGood: false }
      const doubted = new Doubted(facts, {
        good: () => api.isGood,
        verify: () => (api.isGood ? 'accepted' : 'refused'),
      })
      expect(doubted.call('sync-1', 'orders.list', 3_000)).toBe('degraded')
      expect(doubted.call('sync-1', 'orders.list', 120_000)).toBe('rejected')
      const { failure, nextRefreshAtMs = Infinity } = doubted.state.status(doubted.nowMs)
      expect(failure?.code).toBe('FreshTokenRejected')
      expect(nextRefreshAtMs - doubted.nowMs).toBeLessThanOrEqual(300_000)
      const { refreshes } = doubted
      expect(doubted.call('sync-2', 'orders.list', 3_600_000)).not.toBe('passed')
      expect(doubted.refreshes - refreshes).toBeLessThanOrEqual(30)
      api.isGood = true
      expect(doubted.call('sync-3')).toBe('passed')
    },
  )

  it('is one endpoint alone where verify accepts: its flow fails, others go on', () => {
    const doubted = new Doubted(VERIFIED, { good: () => false, verify: () => 'accepted' })
    expect(doubted.call('sync-1', 'admin.list')).toBe('FreshTokenRejected')
    expect(doubted.status).toBe('active')
    expect(doubted.call('sync-2', 'orders.list', 1000, () => true)).toBe('passed')
    expect(doubted.refreshes).toBe(1)
  })

  it('a refresh that fails meanwhile leaves it looked at and healing', () => {
    const doubted = new Doubted(FACTS, { good: () => true })
    const rejected = { generation: 3, status: 401, endpoint: 'orders.list' }
    doubted.state.enqueue(
      { requestId: 'r', replyTo: 'f', minValidityMs: 0, rejected },
      doubted.nowMs,
    )
    applyMint(doubted.state.parts, failed('server_error', 'http_500'), 'r', at(doubted.nowMs))
    expect(doubted.status).toBe('degraded')
    doubted.run(doubted.nowMs + 60_000)
    expect(doubted.status).toBe('active')
  })
})

describe('one refusal of a request with a credential that can not refresh', () => {
  it('is tried again, and an odd one harms nobody', () => {
    for (const facts of [STATIC_FACTS, STATIC_VERIFIED]) {
      const odd = { times: 1 }
      const doubted = new Doubted(facts, { good: () => odd.times-- <= 0, verify: () => 'accepted' })
      expect(doubted.call('flow-1')).toBe('passed')
      expect(doubted.status).toBe('active')
    }
  })

  it.each([
    ['verify accepts the credential', STATIC_VERIFIED],
    ['nobody else is refused', STATIC_FACTS],
  ])('again and again is its own failure where %s; others are not touched', (_name, facts) => {
    const doubted = new Doubted(facts, { good: () => false, verify: () => 'accepted' })
    const begunMs = doubted.nowMs
    expect(doubted.call('flow-1', 'customers.search')).toBe('FreshTokenRejected')
    expect(doubted.nowMs - begunMs).toBeLessThanOrEqual(10_000)
    expect(doubted.status).toBe('active')
    expect(doubted.call('flow-2', 'orders.list', 0, () => true)).toBe('passed')
  })

  it('others get the credential while one is looked at', () => {
    const doubted = new Doubted(STATIC_FACTS, { good: () => false })
    const rejected = { generation: 3, status: 401, endpoint: 'customers.search' }
    doubted.state.enqueue(
      { requestId: 'r', replyTo: 'f', minValidityMs: 0, rejected },
      doubted.nowMs,
    )
    expect(doubted.state.takeReplies(doubted.nowMs)).toEqual([])
    expect(doubted.call('flow-2', 'orders.list', 0, () => true)).toBe('passed')
  })

  it('is no witness against a credential that others pass with in between', () => {
    const doubted = new Doubted(STATIC_FACTS, { good: () => false })
    expect(doubted.call('flow-1', 'customers.search')).toBe('FreshTokenRejected')
    doubted.run(doubted.nowMs + 60_000)
    const {
      token: { generation },
    } = doubted.state.parts
    for (let flow = 2; flow < 6; flow += 1) {
      // Each comes with the word of its worker: a request has passed just now.
      const rejected = {
        generation,
        status: 401,
        endpoint: 'customers.search',
        passed: { generation, agoMs: 5 },
      }
      for (let tries = 0; tries < 3; tries += 1) {
        const request = {
          requestId: `${String(flow)}-${String(tries)}`,
          replyTo: `flow-${String(flow)}`,
        }
        doubted.state.enqueue({ ...request, minValidityMs: 0, rejected }, doubted.nowMs)
        doubted.run(doubted.nowMs + 5000)
        doubted.state.takeReplies(doubted.nowMs)
      }
    }
    expect(doubted.status).toBe('active')
  })

  it('falls on a second witness, or by its verify endpoint, and heals by itself', () => {
    const api = { isGood: false }
    const good = () => api.isGood
    const verify = () => (api.isGood ? ('accepted' as const) : ('refused' as const))
    const alone = new Doubted(STATIC_FACTS, { good })
    expect(alone.call('flow-1')).toBe('FreshTokenRejected')
    expect(alone.call('flow-2', 'orders.list', 20_000)).toBe('rejected')
    const verified = new Doubted(STATIC_VERIFIED, { good, verify })
    expect(verified.call('flow-1', 'orders.list', 20_000)).toBe('rejected')
    // Not at the first look.
    expect(verified.looks).toBeGreaterThanOrEqual(3)
    api.isGood = true
    for (const doubted of [alone, verified]) {
      expect(doubted.call('flow-3', 'orders.list', 300_000)).toBe('passed')
      doubted.run(doubted.nowMs + 60_000)
      expect(doubted.status).toBe('active')
    }
  })

  it('a verify endpoint that is out of order says nothing', () => {
    const doubted = new Doubted(STATIC_VERIFIED, { good: () => false, verify: () => 'unknown' })
    expect(doubted.call('flow-1')).toBe('FreshTokenRejected')
    expect(doubted.status).toBe('active')
  })

  it('has words of its own', () => {
    const doubted = new Doubted(
      { ...STATIC_VERIFIED, kind: 'api-key' },
      { good: () => false, verify: () => 'refused' },
    )
    doubted.call('flow-1', 'orders.list', 20_000)
    const { failure } = doubted.state.status(doubted.nowMs)
    expect(failure?.message).toContain('refuses the API key of shop/acme (HTTP 401 to orders.list)')
    expect(failure?.message).not.toMatch(/fresh|audience|scope/)
  })
})
