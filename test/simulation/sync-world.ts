import type { LeaseReply } from '../../src/contract/messages.js'
import type { SyncCheckpoint } from '../../src/contract/sync.js'
import type { Sending, SendLimits } from '../../activities/network/send-request.js'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import { ActivityHost } from './activity-host.js'
import { createRandom } from './random.js'
import type { Disturbance, Schedule, SignalFate } from './schedule.js'
import { ERP_FACTS, shopFacts, simulatedKeeper } from './simulated-connectors.js'
import { simulatedClient } from './simulated-client.js'
import { SimulatedGrants } from './simulated-grants.js'
import { onTheWay, SimulatedFlow } from './simulated-flow.js'
import { mintedAtOnce, mintSimulated } from './simulated-mint.js'
import { sendSimulated, type SimulatedServer } from './simulated-network.js'
import { runSimulatedSync, type SyncEnd } from './simulated-sync.js'
import { ERP, ERP_KEY, SHOP, SimulatedErp, SimulatedShop } from './simulated-upstreams.js'
import { SimulatedWorker } from './simulated-worker.js'
import { sealLike, simulateTokenActivities } from './token-activities.js'
import { TokenHost } from './token-host.js'
import { VirtualClock } from './virtual-clock.js'

const OPERATOR_LOOKS_EVERY_MS = 3000
const START: SyncCheckpoint = { counters: { pages: 0, read: 0, written: 0 } }

/** A source, a sink, an authorization server, a keeper worker and flows, on one clock. */
export class SyncWorld {
  readonly clock: VirtualClock
  readonly grants: SimulatedGrants
  readonly shop: SimulatedShop
  readonly erp = new SimulatedErp()
  readonly shopTokens: TokenHost
  /** Refreshes for a refusal though the token was good: of a generation that was replaced already. */
  readonly needless: string[] = []
  /** A used refresh token was sent again to a provider without grace while the access token was still good. */
  readonly burnt: string[] = []
  ends: string[] = []
  readonly #worker: SimulatedWorker
  readonly #activities: ActivityHost
  readonly #erpTokens: TokenHost
  readonly #servers: Readonly<Record<string, SimulatedServer>>
  readonly #tokenServer: SimulatedServer
  readonly #flows = new Map<string, SimulatedFlow>()
  readonly #running = new Map<number, SimulatedFlow>()
  readonly #random: () => number
  #runs = 0
  #isOver = false
  #failure: unknown
  #killAtRefresh: number | undefined
  #signals = 0
  readonly #nextFate = (): SignalFate => this.schedule.signals[this.#signals++] ?? 'ok'

  constructor(
    readonly schedule: Schedule,
    startMs: number,
  ) {
    const { seed, flows, pageSize, paceMs, tokenLifetimeMs, graceWindowMs } = schedule
    this.#random = createRandom(seed)
    this.clock = new VirtualClock(startMs)
    this.grants = new SimulatedGrants(tokenLifetimeMs, graceWindowMs)
    this.shop = new SimulatedShop(this.grants, flows, pageSize)
    this.#worker = new SimulatedWorker(this.clock)
    const { clock, shop, erp } = this
    this.#servers = {
      [SHOP]: { answer: (...all) => shop.answer(...all), fates: [...schedule.shop], paceMs },
      [ERP]: { answer: (request) => erp.answer(request), fates: [...schedule.erp], paceMs },
    }
    this.#tokenServer = {
      answer: ({ body }, nowMs) => {
        const answer = this.grants.refresh(body, nowMs)
        const downMs = this.#killAtRefresh
        this.#killAtRefresh = undefined
        if (downMs !== undefined) void this.#worker.kill(downMs)
        return { status: answer.outcome === 'granted' ? 200 : 400, body: answer }
      },
      fates: [...schedule.tokens],
      paceMs: 100,
    }
    this.#activities = new ActivityHost({
      clock,
      worker: this.#worker,
      createKeeper: () => simulatedKeeper(schedule),
      client: simulatedClient(clock, (id) => this.#tokensOf(id)),
      isDraining: () => this.#worker.isDraining,
      // Some work where others wait for every slot.
      isFull: () => schedule.seed % 3 === 0,
      random: this.#random,
    })
    const worker = this.#worker
    const host = {
      clock,
      random: this.#random,
      untilUp: worker.untilUp,
      deliver: async (replyTo: string, reply: LeaseReply) => {
        await clock.sleep(10)
        const flow = this.#flows.get(replyTo)
        if (flow === undefined) throw new Error('the flow has ended')
        onTheWay(this.#nextFate(), () => {
          flow.hear(reply)
        })
      },
      onFailure: (error: unknown) => {
        this.#failure ??= error
        this.#isOver = true
      },
    }
    if (graceWindowMs === 0)
      this.grants.onReuse = () => {
        const {
          token: { held: token, rejectedGeneration, generation },
        } = this.shopTokens.parts
        const { sealed = '', hardAtMs = 0 } = token ?? {}
        // A token that the shop refuses is worth the risk.
        if (rejectedGeneration === generation) return
        if (this.grants.judge(sealed, clock.now()) === 'good' && clock.now() < hardAtMs)
          this.burnt.push(`${sealed} at ${String(clock.now())}`)
      }
    this.shopTokens = new TokenHost({
      ...host,
      connection: 'shop/default',
      activities: (tokens) =>
        simulateTokenActivities(tokens, {
          clock,
          worker,
          facts: shopFacts(schedule),
          mint: (grant) =>
            mintSimulated(grant, {
              clock,
              server: this.#tokenServer,
              random: this.#random,
              lifetimeMs: tokenLifetimeMs,
            }),
          judge: (token) =>
            this.grants.judge(token, clock.now()) === 'good' ? 'accepted' : 'refused',
          revoke: (grant) => {
            if (grant !== undefined) this.grants.revokeGrant(grant)
          },
          onForced: (token) => {
            const verdict = this.grants.judge(token, clock.now())
            if (verdict === 'good') this.needless.push(`${token} at ${String(clock.now())}`)
          },
        }),
    })
    this.#erpTokens = new TokenHost({
      ...host,
      connection: 'erp/default',
      activities: (tokens) =>
        simulateTokenActivities(tokens, {
          clock,
          worker,
          facts: ERP_FACTS,
          mint: (grant) => Promise.resolve(mintedAtOnce(grant, clock.now())),
          judge: () => 'accepted',
          revoke: () => undefined,
          onForced: () => undefined,
        }),
    })
  }

  #tokensOf(workflowId: string): TokenHost {
    return workflowId === 'token:shop:default' ? this.shopTokens : this.#erpTokens
  }

  /** What the mocked network of the process does with a request. */
  send(activityId: string, outgoing: OutgoingRequest, limits: SendLimits): Promise<Sending> {
    const server = this.#servers[outgoing.url.origin]
    if (server === undefined) throw new Error(`no server at ${outgoing.url.origin}`)
    const attempt = this.#activities.attempts.get(activityId)
    return sendSimulated(
      this.clock,
      server,
      outgoing,
      limits,
      this.#random,
      () => attempt?.isAlive === true,
    )
  }

  /** Plays the schedule to its end: every flow done, and then once more over records that have changed. */
  async play(limitMs: number): Promise<void> {
    this.shopTokens.connect(sealLike(this.grants.authorize()))
    this.#erpTokens.connect(sealLike(ERP_KEY))
    for (const disturbance of this.schedule.disturbances)
      this.clock.at(this.clock.now() + disturbance.atMs, () => {
        void this.#disturb(disturbance)
      })
    void this.#operate()
    const work = this.#both().then(
      () => (this.#isOver = true),
      (error: unknown) => {
        this.#failure ??= error
        this.#isOver = true
      },
    )
    await this.clock.run(() => this.#isOver, limitMs)
    if (this.#failure !== undefined) throw this.#failure as Error
    await work
  }

  async #both(): Promise<void> {
    const flows = this.schedule.flows.map((_count, index) => index)
    await Promise.all(flows.map((index) => this.#sync(index, `first-${String(index)}`)))
    for (const index of flows) this.shop.change(String(index))
    await Promise.all(flows.map((index) => this.#sync(index, `second-${String(index)}`)))
  }

  /** A sync and all of its replays. */
  async #sync(index: number, lineage: string): Promise<void> {
    let checkpoint = START
    for (;;) {
      const end = await this.#run(index, lineage, checkpoint)
      this.ends.push(end.end === 'failed' ? end.code : end.end)
      if (end.end === 'done') return
      ;({ checkpoint } = end)
      await this.clock.sleep(end.replayAfterMs)
    }
  }

  async #run(
    index: number,
    lineage: string,
    checkpoint: SyncCheckpoint,
  ): Promise<SyncEnd & { readonly replayAfterMs: number }> {
    this.#runs += 1
    const id = `flow-${String(index)}-${String(this.#runs)}`
    let replayAfterMs = OPERATOR_LOOKS_EVERY_MS
    const flow = new SimulatedFlow({
      id,
      clock: this.clock,
      random: this.#random,
      nextFate: this.#nextFate,
    })
    this.#running.set(index, flow)
    this.#flows.set(id, flow)
    const end = await runSimulatedSync({
      clock: this.clock,
      flow: String(index),
      lineage,
      from: flow.leases('shop/default', this.shopTokens),
      to: flow.leases('erp/default', this.#erpTokens),
      checkpoint,
      maxWaitMs: this.schedule.maxWaitMs,
      cancelled: flow.cancelled,
      slice: (input, stop) => this.#activities.run(input, stop),
    })
    this.#running.delete(index)
    this.#flows.delete(id)
    const cancel = this.schedule.disturbances.find(
      (one) => one.what === 'cancel-flow' && one.flow === index,
    )
    if (end.end === 'cancelled' && cancel?.what === 'cancel-flow')
      replayAfterMs = cancel.replayAfterMs
    return { ...end, replayAfterMs }
  }

  async #disturb(disturbance: Disturbance): Promise<void> {
    const { parts } = this.shopTokens
    switch (disturbance.what) {
      case 'revoke-token':
        this.grants.revokeToken(String(parts.token.held?.sealed))
        return
      case 'revoke-grant':
        this.grants.revokeGrant(String(parts.grant.sealed))
        return
      case 'kill-tokens':
        for (let times = 0; times < disturbance.times; times += 1) {
          this.grants.revokeTokensOf(String(this.shopTokens.parts.grant.sealed))
          await this.clock.sleep(200)
        }
        return
      case 'refusals':
        this.shop.refusesUntilMs = this.clock.now() + disturbance.forMs
        return
      case 'kill-worker':
        await this.#worker.kill(disturbance.downMs)
        return
      case 'kill-at-refresh':
        this.#killAtRefresh = disturbance.downMs
        return
      case 'restart-worker':
        await this.#worker.restart(disturbance.downMs)
        return
      case 'cancel-flow':
        this.#running.get(disturbance.flow)?.cancel()
        return
      case 'pause-connection':
        this.shopTokens.command('pause')
        await this.clock.sleep(disturbance.forMs)
        this.shopTokens.command('resume')
        return
      case 'continue-as-new':
        this.shopTokens.continueAsNew()
        return
      case 'request-cancellation':
        this.shopTokens.requestCancellation()
        return
      case 'terminate':
        this.shopTokens.terminate()
        return
      case 'refresh':
      case 'revoke':
        this.shopTokens.command(disturbance.what)
    }
  }

  /** Authorises the shop again whenever it needs it. */
  async #operate(): Promise<void> {
    while (!this.#isOver) {
      await this.clock.sleep(OPERATOR_LOOKS_EVERY_MS)
      const { health, rotations } = this.shopTokens.parts
      const isDead =
        this.shopTokens.isTerminated ||
        ['pending', 'needs_reauth', 'misconfigured', 'rejected', 'revoked'].includes(health.kind)
      if (isDead && rotations.length === 0)
        this.shopTokens.connect(sealLike(this.grants.authorize()))
    }
  }
}
