import { AsyncLocalStorage } from 'node:async_hooks'
import { CancelledFailure } from '@temporalio/common'
import { type LeaseReply, TOKEN_SIGNALS } from '../../src/contract/messages.js'
import { Tracing } from '../../src/contract/tracing.js'
import type { FlowWorld, LeaseChannel } from '../../workflows/flow/flow-world.js'
import { LeaseHolder } from '../../workflows/flow/lease-holder.js'
import { answersFor, readReply } from '../../workflows/flow/read-reply.js'
import type { SignalFate } from './schedule.js'
import type { TokenHost } from './token-host.js'
import type { VirtualClock } from './virtual-clock.js'

const ON_ITS_WAY_MS = 10
/** Whether what runs goes on though its flow is cancelled. One for all: Node asks each of them at every promise. */
const shielded = new AsyncLocalStorage<true>()

export interface SimulatedFlowOptions {
  readonly id: string
  readonly clock: VirtualClock
  readonly random: () => number
  /** What happens to the next signal. */
  readonly nextFate: () => SignalFate
}

function isShielded(): boolean {
  return shielded.getStore() === true
}

/** A flow of the simulation: what its leases, which are the shipped ones, need of Temporal. */
export class SimulatedFlow {
  readonly cancelled: Promise<void>
  readonly #asked = new Map<string, (reply: LeaseReply) => void>()
  readonly #world: FlowWorld
  #isCancelled = false
  #cancel: () => void = () => undefined
  #count = 0

  constructor(private readonly options: SimulatedFlowOptions) {
    const { id, clock, random } = options
    this.cancelled = new Promise((resolve) => {
      this.#cancel = resolve
    })
    const isCancelled = (): boolean => this.#isCancelled && !isShielded()
    const refuse = (): void => {
      if (isCancelled()) throw new CancelledFailure('cancelled')
    }
    // The clock looks at conditions from outside of whatever waits.
    const orCancelled = (isDone: () => boolean): (() => boolean) => {
      const goesOn = isShielded()
      return () => isDone() || (this.#isCancelled && !goesOn)
    }
    this.#world = {
      workflowId: () => id,
      now: clock.now,
      random,
      uuid: () => `${id}/${String((this.#count += 1))}`,
      until: async (isDone) => {
        await clock.until(orCancelled(isDone))
        refuse()
      },
      untilOrFor: async (isDone, ms) => {
        const isMet = await clock.untilOrFor(orCancelled(isDone), ms)
        refuse()
        return isMet
      },
      isCancelled,
      tracing: () => new Tracing(),
      uncancelled: (work) => shielded.run(true, work),
      onReply: (requestId, connection, take) => {
        this.#asked.set(requestId, (reply) => {
          if (answersFor(reply, connection)) take(reply)
        })
        return () => this.#asked.delete(requestId)
      },
      display: { park: () => undefined, clear: () => undefined },
    }
  }

  cancel(): void {
    this.#isCancelled = true
    this.#cancel()
  }

  /** The leases of one connection, asked for over messages that take a while. */
  leases(connection: string, host: TokenHost): LeaseHolder {
    const { clock, nextFate } = this.options
    const later = async (act: () => void): Promise<void> => {
      await clock.sleep(ON_ITS_WAY_MS)
      onTheWay(nextFate(), act)
    }
    const channel: LeaseChannel = {
      connection,
      request: (message) =>
        later(() => {
          if (host.isTerminated) host.start()
          host.signal(TOKEN_SIGNALS.lease, message)
        }),
      send: (signal, message) =>
        later(() => {
          host.signal(signal, message)
        }),
    }
    return new LeaseHolder(channel, this.#world)
  }

  /** A reply of a token workflow has come. */
  hear(value: LeaseReply): void {
    const reply = readReply(plain(value))
    if (reply !== undefined) this.#asked.get(reply.requestId)?.(reply)
  }
}

/** Lets a signal arrive, once, twice, or never. */
export function onTheWay(fate: SignalFate, arrive: () => void): void {
  for (let times = { ok: 1, lost: 0, twice: 2 }[fate]; times > 0; times -= 1) arrive()
}

/** Through history and back: plain JSON. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
