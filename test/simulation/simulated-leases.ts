import { CancelledFailure } from '@temporalio/common'
import { createFailure } from '../../src/contract/failure.js'
import { isLeaseLive, type Lease } from '../../src/contract/lease.js'
import type { LeaseReply, LeaseRequest, RejectedGeneration } from '../../src/contract/messages.js'
import type { LeaseOptions, LeaseSource } from '../../workflows/flow/lease-source.js'
import type { TokenHost } from './token-host.js'
import type { VirtualClock } from './virtual-clock.js'

type Settled = Exclude<LeaseReply, { outcome: 'waiting' }>

interface Asking {
  readonly requestId: string
  readonly settled: Promise<Settled>
  readonly settle: (reply: Settled) => void
}

/** The leases of one connection in one flow, asked for by messages as a flow's holder does. */
export class SimulatedLeases implements LeaseSource {
  #lease: Lease | undefined
  #generation = 0
  #asking: Asking | undefined
  #count = 0

  constructor(
    readonly connection: string,
    private readonly flow: string,
    private readonly host: TokenHost,
    private readonly clock: VirtualClock,
    private readonly cancelled: Promise<void>,
  ) {}

  async lease(options: LeaseOptions = {}): Promise<Lease> {
    const held = this.#lease
    if (held !== undefined && isLeaseLive(held, this.clock.now())) return held
    return await this.#ask(options, undefined)
  }

  async replace(rejected: RejectedGeneration, options: LeaseOptions = {}): Promise<Lease> {
    while (this.#asking !== undefined) await this.#ask(options, undefined)
    if (this.#lease !== undefined && this.#lease.generation > rejected.generation)
      return await this.lease(options)
    this.#lease = undefined
    return await this.#ask(options, rejected)
  }

  drop(lease: Lease): void {
    if (this.#lease === lease) this.#lease = undefined
  }

  /** A reply of the token workflow has come. */
  hear(reply: LeaseReply): void {
    if (reply.outcome === 'waiting' || reply.requestId !== this.#asking?.requestId) return
    this.#asking.settle(reply)
  }

  async #ask(options: LeaseOptions, rejected: RejectedGeneration | undefined): Promise<Lease> {
    const asking = (this.#asking ??= await this.#begin(options, rejected))
    const late =
      options.maxWaitMs === undefined
        ? new Promise<never>(() => undefined)
        : this.clock.sleep(options.maxWaitMs)
    const end = await Promise.race([
      asking.settled,
      late.then(() => 'late' as const),
      this.cancelled.then(() => 'cancelled' as const),
    ])
    if (this.#asking === asking) this.#asking = undefined
    if (typeof end === 'string') {
      this.host.cancel(asking.requestId)
      if (end === 'cancelled') throw new CancelledFailure('cancelled')
      throw createFailure('ConnectionNotUsable', 'not usable within maxWait', {
        connection: this.connection,
      })
    }
    if (end.outcome === 'denied') throw createFailure(end.code, end.message)
    this.#lease = end.lease
    this.#generation = Math.max(this.#generation, end.lease.generation)
    return end.lease
  }

  async #begin(options: LeaseOptions, rejected: RejectedGeneration | undefined): Promise<Asking> {
    let settle: Asking['settle'] = () => undefined
    const settled = new Promise<Settled>((resolve) => {
      settle = resolve
    })
    const asking = { requestId: this.#nextId(), settled, settle }
    await this.#send({
      requestId: asking.requestId,
      replyTo: this.flow,
      minValidityMs: options.minValidityMs ?? 0,
      ...(this.#generation === 0 ? {} : { knownGeneration: this.#generation }),
      ...(rejected === undefined ? {} : { rejected }),
    })
    return asking
  }

  #send(request: LeaseRequest): Promise<void> {
    void this.clock.sleep(10).then(() => {
      this.host.request(request)
    })
    return Promise.resolve()
  }

  #nextId(): string {
    this.#count += 1
    return `${this.flow}/${this.connection}/${String(this.#count)}`
  }
}
