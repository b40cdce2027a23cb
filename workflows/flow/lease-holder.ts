import { ApplicationFailure, CancelledFailure, isCancellation } from '@temporalio/workflow'
import { createFailure, failureCode } from '../../src/contract/failure.js'
import { type CountedGeneration, type Lease, isLeaseLive } from '../../src/contract/lease.js'
import {
  type LeaseReply,
  type LeaseRequest,
  type RejectedGeneration,
  TOKEN_SIGNALS,
} from '../../src/contract/messages.js'
import { isDurationMs } from '../../src/contract/outside-values.js'
import type { FlowWorld, LeaseChannel } from './flow-world.js'
import { ASK_AGAIN_MS, askAgainAfter } from './lease-options.js'
import type { LeaseOptions, LeaseSource, LeaseWaits } from './lease-source.js'

type Settled = Exclude<LeaseReply, { outcome: 'waiting' }>

/** A request that is under way; concurrent callers of one flow share it. */
interface Outstanding {
  readonly requestId: string
  callers: number
  /** When the last of the callers gives up; undefined: one of them never does. */
  untilMs: number | undefined
  reply?: Settled
  failure?: unknown
  waitingFor?: string
  /** The token workflow does not remember it, and wants to be asked again after so long. */
  askAgainMs?: number
  ended?: true
  stopListening?: () => void
}

/** Asks for leases of one connection: one request a generation, shared by all calls of a flow. */
export class LeaseHolder implements LeaseSource {
  readonly connection: string
  readonly #channel: LeaseChannel
  readonly #world: FlowWorld
  #lease: Lease | undefined
  #known: CountedGeneration | undefined
  #asking: Outstanding | undefined

  constructor(channel: LeaseChannel, world: FlowWorld) {
    this.connection = channel.connection
    this.#channel = channel
    this.#world = world
  }

  /** The newest generation that this flow has heard of. */
  get known(): CountedGeneration | undefined {
    return this.#known
  }

  held(): Lease | undefined {
    const held = this.#lease
    return held !== undefined && isLeaseLive(held, this.#world.now()) ? held : undefined
  }

  saw({ generation, firstExecutionRunId }: CountedGeneration): void {
    const known = this.#known
    // A token workflow that was terminated is followed by one that counts anew.
    const isOther = known?.firstExecutionRunId !== firstExecutionRunId
    if (known === undefined || isOther || generation >= known.generation)
      this.#known = { generation, firstExecutionRunId }
  }

  async lease(options: LeaseWaits = {}): Promise<Lease> {
    const held = this.held()
    if (held !== undefined) return held
    return (await this.#join(options)) ?? (await this.lease(options))
  }

  async replace(rejected: RejectedGeneration, options: LeaseOptions = {}): Promise<Lease> {
    // A request that is under way was sent before this refusal; its answer may bring a newer lease all the same.
    while (this.#asking !== undefined) await this.#join(options)
    if (this.#lease !== undefined && this.#lease.generation > rejected.generation)
      return await this.lease(options)
    this.#lease = undefined
    return await this.#ask(options, rejected)
  }

  drop(lease: Lease): void {
    if (this.#lease === lease) this.#lease = undefined
  }

  /** Joins a request that is under way. What it says of somebody else's refused request is for them. */
  async #join(options: LeaseWaits): Promise<Lease | undefined> {
    try {
      return await this.#ask(options, undefined)
    } catch (error) {
      if (failureCode(error) !== 'FreshTokenRejected') throw error
      return undefined
    }
  }

  #ask(options: LeaseWaits, rejected: RejectedGeneration | undefined): Promise<Lease> {
    const attributes = { 'tokenkeeper.connection': this.connection }
    return this.#world.tracing().inSpan('tokenkeeper.lease.wait', attributes, async (span) => {
      const lease = await this.#askFor(options, rejected)
      span.set({ 'tokenkeeper.generation': lease.generation })
      return lease
    })
  }

  async #askFor(options: LeaseWaits, rejected: RejectedGeneration | undefined): Promise<Lease> {
    const { maxWaitMs = 0, waitedMs = 0, heard } = options
    const untilMs =
      options.maxWaitMs === undefined ? undefined : this.#world.now() + maxWaitMs - waitedMs
    const request = this.#asking ?? this.#begin(options, rejected, untilMs)
    request.callers += 1
    request.untilMs = untilMs && request.untilMs && Math.max(untilMs, request.untilMs)
    try {
      const settled = (): boolean => request.reply !== undefined || request.failure !== undefined
      if (untilMs === undefined) await this.#world.until(settled)
      else if (
        !(await this.#world.untilOrFor(
          settled,
          Math.max(0, untilMs - this.#world.now()),
          `give up waiting for ${this.connection} (maxWait)`,
        ))
      )
        throw this.#notUsable(request, maxWaitMs, heard)
      // A cancellation that came while a signal was under way is swallowed by it.
      if (this.#world.isCancelled())
        throw new CancelledFailure('Cancelled while waiting for a lease')
      return this.#settle(request)
    } catch (error) {
      const left = request.callers === 1 && request.reply === undefined
      if (left && (isCancellation(error) || request.failure === undefined))
        await this.#withdraw(request)
      throw error
    } finally {
      request.callers -= 1
      if (request.callers === 0) this.#end(request)
    }
  }

  #begin(
    options: LeaseOptions,
    rejected: RejectedGeneration | undefined,
    untilMs: number | undefined,
  ): Outstanding {
    const requestId = this.#world.uuid()
    const request: Outstanding = { requestId, callers: 0, untilMs }
    this.#asking = request
    request.stopListening = this.#world.onReply(request.requestId, this.connection, (reply) => {
      if (reply.outcome !== 'waiting') {
        request.reply = reply
        // Whoever asks from now on has nothing to do with the request that is refused.
        if (reply.outcome === 'denied' && this.#asking === request) this.#asking = undefined
      } else {
        request.waitingFor = reply.message
        if (isDurationMs(reply.askAgainMs)) request.askAgainMs = reply.askAgainMs
        this.#world.display.park(this.connection, reply, request.untilMs)
      }
    })
    const message: LeaseRequest = {
      requestId: request.requestId,
      replyTo: this.#world.workflowId(),
      minValidityMs: options.minValidityMs ?? 0,
      askAgainMs: options.askAgainMs,
      knownGeneration: this.#known?.generation,
      knownFirstExecutionRunId: this.#known?.firstExecutionRunId,
      rejected,
    }
    // Shared by callers of several scopes: the cancellation of one must not end it for the others.
    this.#world
      .uncancelled(async () => {
        await this.#channel.request(message)
        await this.#askAgain(request, message, options)
      })
      .catch((error: unknown) => {
        request.failure = error
      })
    return request
  }

  /** Nothing waits for ever on a reply that cannot come: the token workflow may be another one by now. */
  async #askAgain(
    request: Outstanding,
    { rejected: _reported, ...message }: LeaseRequest,
    { askAgainMs = ASK_AGAIN_MS }: LeaseOptions,
  ): Promise<void> {
    const settled = (): boolean => request.reply !== undefined || request.ended === true
    const summary = `ask ${this.connection} again, should nothing come`
    const { now, random } = this.#world
    for (let times = 1; ; times += 1) {
      const askedMs = request.askAgainMs
      const nth = askedMs === undefined ? times : 1
      const dueMs = now() + askAgainAfter(askedMs ?? askAgainMs, nth, random())
      const isOver = (): boolean => settled() || request.askAgainMs !== askedMs
      // Where all that wait give up before, one more timer would be an action for nothing.
      await this.#world.until(() => isOver() || (request.untilMs ?? Infinity) > dueMs)
      if (!isOver()) await this.#world.untilOrFor(isOver, Math.max(1, dueMs - now()), summary)
      if (settled()) return
      if (isOver()) continue
      delete request.askAgainMs
      try {
        await this.#channel.request(message)
      } catch (error) {
        // What has a code of ours is an answer; anything else may be better the next time.
        if (failureCode(error) !== undefined) throw error
      }
    }
  }

  /** Leaves no waiter behind. */
  async #withdraw({ requestId }: Outstanding): Promise<void> {
    await this.#world
      .uncancelled(() => this.#channel.send(TOKEN_SIGNALS.cancelLease, { requestId }))
      .catch(() => undefined)
  }

  #settle(request: Outstanding): Lease {
    const { reply } = request
    if (reply?.outcome === 'granted') {
      this.#hold(reply.lease)
      return reply.lease
    }
    if (reply?.outcome === 'denied')
      throw createFailure(reply.code, reply.message, { connection: this.connection })
    throw request.failure instanceof Error
      ? request.failure
      : ApplicationFailure.nonRetryable(`no lease of ${this.connection}`, 'ConnectionNotUsable')
  }

  #hold(lease: Lease): void {
    const { generation, firstExecutionRunId } = lease
    this.#lease = lease
    if (generation >= (this.#known?.generation ?? 0))
      this.#known = { generation, firstExecutionRunId }
  }

  #notUsable(request: Outstanding, maxWaitMs: number, heard = NO_ANSWER): ApplicationFailure {
    const why = request.waitingFor ?? heard
    const seconds = Math.round(maxWaitMs / 1000)
    return createFailure(
      'ConnectionNotUsable',
      `${this.connection} was not usable within ${seconds} s (maxWait): ${why}`,
      { connection: this.connection },
    )
  }

  #end(request: Outstanding): void {
    request.ended = true
    request.stopListening?.()
    if (this.#asking === request) this.#asking = undefined
    this.#world.display.clear(this.connection)
  }
}

const NO_ANSWER = 'its token workflow has not answered; is a keeper worker up?'
