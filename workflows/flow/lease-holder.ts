import {
  ApplicationFailure,
  CancelledFailure,
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow'
import {
  type ConnectionRef,
  formatConnection,
  tokenWorkflowId,
} from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { isLeaseLive, type Lease } from '../../src/contract/lease.js'
import {
  FLOW_REPLY_SIGNAL,
  type LeaseReply,
  type LeaseRequest,
  type RejectedGeneration,
  TOKEN_SIGNALS,
} from '../../src/contract/messages.js'
import type { LeaseOptions, LeaseSource } from './lease-source.js'
import { waitingBoard } from './waiting-board.js'

type Settled = Exclude<LeaseReply, { outcome: 'waiting' }>

/** A request that is under way; concurrent callers of one flow share it. */
interface Outstanding {
  readonly requestId: string
  callers: number
  reply?: Settled
  failure?: unknown
  waitingFor?: string
}

const holders = new Map<string, LeaseHolder>()
const outstanding = new Map<string, { request: Outstanding; holder: LeaseHolder }>()
let listening = false

/** The one holder of a connection's lease in this flow. */
export function leaseHolder(ref: ConnectionRef, taskQueue: string): LeaseHolder {
  const key = `${taskQueue}\n${formatConnection(ref)}`
  const known = holders.get(key)
  if (known !== undefined) return known
  if (!listening) listen()
  const holder = new LeaseHolder(ref, taskQueue)
  holders.set(key, holder)
  return holder
}

function listen(): void {
  listening = true
  setHandler(
    defineSignal<[LeaseReply]>(FLOW_REPLY_SIGNAL),
    (reply) => {
      const entry = outstanding.get(reply.requestId)
      if (entry === undefined) return
      if (reply.outcome === 'waiting') entry.holder.showWaiting(entry.request, reply)
      else entry.request.reply = reply
    },
    { description: 'A token workflow answers a lease request of this flow.' },
  )
}

/** Asks for leases of one connection: one request a generation, shared by all calls of the flow. */
export class LeaseHolder implements LeaseSource {
  readonly connection: string
  #lease: Lease | undefined
  #generation = 0
  #asking: Outstanding | undefined

  constructor(
    private readonly ref: ConnectionRef,
    private readonly taskQueue: string,
  ) {
    this.connection = formatConnection(ref)
  }

  async lease(options: LeaseOptions = {}): Promise<Lease> {
    const held = this.#lease
    if (held !== undefined && isLeaseLive(held, Date.now())) return held
    return await this.#ask(options, undefined)
  }

  async replace(rejected: RejectedGeneration, options: LeaseOptions = {}): Promise<Lease> {
    // A request that is under way does not tell of this refusal; its answer may be newer all the same.
    while (this.#asking !== undefined) await this.#ask(options, undefined)
    if (this.#lease !== undefined && this.#lease.generation > rejected.generation)
      return await this.lease(options)
    this.#lease = undefined
    return await this.#ask(options, rejected)
  }

  drop(lease: Lease): void {
    if (this.#lease === lease) this.#lease = undefined
  }

  async reportFresh(rejected: RejectedGeneration): Promise<void> {
    const request = { requestId: uuid4(), replyTo: '', minValidityMs: 0, rejected }
    await this.#send(TOKEN_SIGNALS.lease, request).catch(() => undefined)
  }

  showWaiting(request: Outstanding, reply: Extract<LeaseReply, { outcome: 'waiting' }>): void {
    request.waitingFor = reply.message
    waitingBoard.show(this.connection, reply.message, reply.searchAttributes)
  }

  async #ask(options: LeaseOptions, rejected: RejectedGeneration | undefined): Promise<Lease> {
    const request = this.#asking ?? this.#begin(options, rejected)
    request.callers += 1
    try {
      const settled = (): boolean => request.reply !== undefined || request.failure !== undefined
      if (options.maxWaitMs === undefined) await condition(settled)
      else if (!(await condition(settled, options.maxWaitMs)))
        throw this.#notUsable(request, options.maxWaitMs)
      // A cancellation that came while a signal was under way is swallowed by it.
      if (CancellationScope.current().consideredCancelled)
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

  #begin(options: LeaseOptions, rejected: RejectedGeneration | undefined): Outstanding {
    const request: Outstanding = { requestId: uuid4(), callers: 0 }
    this.#asking = request
    outstanding.set(request.requestId, { request, holder: this })
    const message: LeaseRequest = {
      requestId: request.requestId,
      replyTo: workflowInfo().workflowId,
      minValidityMs: options.minValidityMs ?? 0,
      ...(this.#generation === 0 ? {} : { knownGeneration: this.#generation }),
      ...(rejected === undefined ? {} : { rejected }),
    }
    // Shared by callers of several scopes: the cancellation of one must not end it for the others.
    CancellationScope.nonCancellable(() => this.#request(message)).catch((error: unknown) => {
      request.failure = error
    })
    return request
  }

  /** Signals the token workflow; starts it first where there is none. */
  async #request(message: LeaseRequest): Promise<void> {
    try {
      await this.#send(TOKEN_SIGNALS.lease, message)
      return
    } catch {
      // No such workflow, or it can't take more signals before it continues as new.
    }
    for (let tries = 0; ; tries += 1) {
      await this.#open()
      try {
        await this.#send(TOKEN_SIGNALS.lease, message)
        return
      } catch (error) {
        if (tries >= 10) throw error
        await sleep(1000, { summary: `ask ${this.connection} again` })
      }
    }
  }

  async #open(): Promise<void> {
    const activities = proxyActivities<FlowActivities>({
      taskQueue: this.taskQueue,
      startToCloseTimeout: '20s',
      summary: `open ${this.connection}`,
    })
    const opened = await activities['tokenkeeper.open']({ connection: this.connection })
    if (!opened.ok)
      throw createFailure(opened.code, opened.message, { connection: this.connection })
  }

  async #send(signal: string, message: unknown): Promise<void> {
    await getExternalWorkflowHandle(tokenWorkflowId(this.ref)).signal(signal, message)
  }

  /** Leaves no waiter behind. */
  async #withdraw(request: Outstanding): Promise<void> {
    const { requestId } = request
    await CancellationScope.nonCancellable(() =>
      this.#send(TOKEN_SIGNALS.cancelLease, { requestId }),
    ).catch(() => undefined)
  }

  #settle(request: Outstanding): Lease {
    const { reply } = request
    if (reply?.outcome === 'granted') {
      this.#lease = reply.lease
      this.#generation = Math.max(this.#generation, reply.lease.generation)
      return reply.lease
    }
    if (reply?.outcome === 'denied')
      throw createFailure(reply.code, reply.message, { connection: this.connection })
    throw request.failure instanceof Error
      ? request.failure
      : ApplicationFailure.nonRetryable(`no lease of ${this.connection}`, 'ConnectionNotUsable')
  }

  #notUsable(request: Outstanding, maxWaitMs: number): ApplicationFailure {
    const why = request.waitingFor ?? 'its token workflow has not answered; is a keeper worker up?'
    const seconds = String(Math.round(maxWaitMs / 1000))
    return createFailure(
      'ConnectionNotUsable',
      `${this.connection} was not usable within ${seconds} s (maxWait): ${why}`,
      { connection: this.connection },
    )
  }

  #end(request: Outstanding): void {
    outstanding.delete(request.requestId)
    if (this.#asking === request) this.#asking = undefined
    waitingBoard.clear(this.connection)
  }
}
