import { describe, expect, it } from 'vitest'
import { toEventBody } from '../../../src/contract/notice-events.js'
import type { Notice, NoticeBatch, NoticeType } from '../../../src/contract/notices.js'
import { DestinationQueue, NOTICE_LIFE_MS } from '../../../workflows/notices/destination-queue.js'

const T0 = 1_800_000_000_000
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** A destination and a clock: each batch that is due is handed out and delivered at once. */
class Played {
  nowMs = T0
  readonly told: NoticeBatch[] = []
  #count = 0
  queue = DestinationQueue.empty({ kind: 'webhook', name: 'ops' }, T0)

  hear(type: NoticeType, connection = 'shop/acme', more: Partial<Notice> = {}): this {
    const id = `n${String((this.#count += 1))}`
    this.queue.add({ id, type, atMs: this.nowMs, connection, message: 'm', ...more }, this.nowMs)
    return this
  }

  /** Goes on for so long, from one moment to the next at which the queue wants to be looked at. */
  pass(ms: number): this {
    const endMs = this.nowMs + ms
    for (let looks = 0; looks < 10_000; looks += 1) {
      const batch = this.queue.take(this.nowMs, () => `d${String((this.#count += 1))}`)
      if (batch !== undefined) {
        this.told.push(batch)
        this.queue.delivered(this.nowMs)
        continue
      }
      const nextMs = this.queue.nextAtMs(this.nowMs) ?? Infinity
      expect(nextMs).toBeGreaterThan(this.nowMs)
      if (nextMs > endMs) break
      this.nowMs = nextMs
    }
    this.nowMs = endMs
    return this
  }

  /** As continue-as-new does. */
  carry(): this {
    this.queue = new DestinationQueue(
      JSON.parse(JSON.stringify(this.queue.snapshot())) as ReturnType<DestinationQueue['snapshot']>,
      this.nowMs,
    )
    return this
  }

  get types(): readonly string[] {
    return this.told.map((batch) => toEventBody(batch).type)
  }
}

describe('one notice a change', () => {
  it('is told within seconds, with its own id', () => {
    const played = new Played().hear('connection.needs_reauth').pass(4 * SECOND)
    expect(played.told).toMatchObject([
      { id: 'n1', notices: [{ type: 'connection.needs_reauth' }] },
    ])
    expect(played.pass(HOUR).told).toHaveLength(1)
  })

  it('and its recovery, after continue-as-new too', () => {
    const played = new Played().hear('connection.degraded').pass(MINUTE).carry()
    played.hear('connection.recovered').pass(MINUTE)
    expect(played.types).toEqual(['connection.degraded', 'connection.recovered'])
  })

  it('a sync has one of its own beside its connection', () => {
    const sync = { workflowId: 'sync-1', endpoint: 'orders', to: 'erp orders' }
    const played = new Played()
      .hear('connection.needs_reauth')
      .hear('sync.parked', 'shop/acme', { sync })
      .pass(MINUTE)
    expect(played.types).toEqual(['connection.needs_reauth', 'sync.parked'])
  })

  it('another reason is another change, the same one is not', () => {
    const played = new Played()
      .hear('connection.needs_reauth', 'shop/acme', { reason: 'revoked' })
      .pass(MINUTE)
      .hear('connection.needs_reauth', 'shop/acme', { reason: 'revoked' })
      .pass(MINUTE)
      .hear('connection.needs_reauth', 'shop/acme', { reason: 'expired_idle' })
      .pass(MINUTE)
    expect(played.types).toHaveLength(2)
  })
})

describe('what is over before it was told', () => {
  it('is told to nobody', () => {
    const played = new Played().hear('connection.degraded').pass(SECOND)
    expect(played.hear('connection.recovered').pass(HOUR).told).toEqual([])
  })

  it('a recovery that nobody knows the trouble of is told: the trouble may be forgotten here', () => {
    expect(new Played().hear('connection.recovered').pass(MINUTE).types).toEqual([
      'connection.recovered',
    ])
  })
})

describe('a connection that flaps', () => {
  it('is told ever more slowly', () => {
    const played = new Played()
    for (let times = 0; times < 120; times += 1) {
      played.hear('connection.degraded').pass(15 * SECOND)
      played.hear('connection.recovered').pass(15 * SECOND)
    }
    // An hour of changes, two a minute.
    expect(played.told.length).toBeLessThanOrEqual(6)
    // What holds in the end is what was told last.
    played.hear('connection.degraded').pass(HOUR)
    expect(played.types.at(-1)).toBe('connection.degraded')
    played.hear('connection.recovered').pass(HOUR)
    expect(played.types.at(-1)).toBe('connection.recovered')
  })
})

describe('many within a minute', () => {
  it('become one digest that counts all of them', () => {
    const played = new Played()
    for (let at = 0; at < 1000; at += 1) played.hear('connection.degraded', `shop/a${String(at)}`)
    played.pass(MINUTE + SECOND)
    expect(played.types).toEqual(['notices.digest'])
    const [batch] = played.told
    const { data } = toEventBody(batch ?? { id: '', sinceMs: 0, notices: [] })
    expect(data).toMatchObject({ counts: { 'connection.degraded': 1000 } })
    expect(JSON.stringify(data).length).toBeLessThan(64 * 1024)
    expect(played.pass(HOUR).told).toHaveLength(1)
  })

  it('a few come one by one', () => {
    const played = new Played()
    for (let at = 0; at < 10; at += 1) played.hear('connection.degraded', `shop/a${String(at)}`)
    expect(played.pass(10 * SECOND).told).toHaveLength(10)
    for (let at = 10; at < 14; at += 1) played.hear('connection.degraded', `shop/a${String(at)}`)
    expect(played.pass(2 * MINUTE).types.slice(10)).toEqual(['notices.digest'])
  })

  it('those that are over by then are not in it', () => {
    const played = new Played()
    for (let at = 0; at < 20; at += 1) played.hear('connection.degraded', `shop/a${String(at)}`)
    played.pass(10 * SECOND)
    for (let at = 0; at < 20; at += 1) played.hear('connection.recovered', `shop/a${String(at)}`)
    expect(played.pass(HOUR).told).toEqual([])
  })

  it('all of it fits into what a run hands to the next, for ten destinations', () => {
    const played = new Played()
    const message = 'm'.repeat(500)
    const tags = Array.from(
      { length: 20 },
      (_none, at) => `customer:${String(at).padStart(20, '0')}`,
    )
    for (let at = 0; at < 3000; at += 1)
      played.hear('connection.degraded', `shop/${String(at).padStart(60, 'x')}`, { message, tags })
    played.pass(10 * SECOND)
    expect(JSON.stringify(played.queue.snapshot()).length * 10).toBeLessThan(1536 * 1024)
  })
})

describe('a destination that does not answer', () => {
  it('holds up nothing but itself, and what waits becomes one digest', () => {
    const played = new Played().hear('connection.revoked', 'shop/one').pass(0)
    played.nowMs += 3 * SECOND
    expect(played.queue.take(played.nowMs, () => 'd')).toMatchObject({ id: 'n1' })
    for (let at = 0; at < 11; at += 1) played.hear('connection.degraded', `shop/a${String(at)}`)
    played.nowMs += HOUR
    expect(played.queue.take(played.nowMs, () => 'd')).toBeUndefined()
    expect(played.queue.report(played.nowMs)).toMatchObject({
      waiting: 12,
      failingSinceMs: T0 + 3 * SECOND,
    })
    played.queue.delivered(played.nowMs)
    expect(played.pass(2 * MINUTE).types).toEqual(['notices.digest'])
    expect(played.queue.report(played.nowMs)).toMatchObject({
      waiting: 0,
      failingSinceMs: undefined,
    })
  })

  it('is under way again after continue-as-new, and dead things are shown', () => {
    const played = new Played().hear('connection.revoked')
    played.nowMs += 3 * SECOND
    const batch = played.queue.take(played.nowMs, () => 'd')
    played.carry()
    expect(played.queue.underWay).toEqual(batch)
    played.nowMs += NOTICE_LIFE_MS
    played.queue.died('HTTP 500', played.nowMs)
    expect(played.carry().queue.report(played.nowMs).dead).toEqual([
      {
        id: 'n1',
        sinceMs: T0,
        diedAtMs: played.nowMs,
        types: { 'connection.revoked': 1 },
        subjects: ['shop/acme'],
        why: 'HTTP 500',
      },
    ])
    expect(played.queue.isIdle(played.nowMs)).toBe(false)
  })

  it('once all is told, nothing has to be remembered', () => {
    const played = new Played().hear('connection.connected').pass(2 * HOUR)
    expect(played.queue.isIdle(played.nowMs)).toBe(true)
  })
})
