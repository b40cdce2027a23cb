import type { LeaseReply, LeaseRequest } from '../../src/contract/messages.js'
import type { Sealed } from '../../src/contract/sealed.js'
import type { ConnectorFacts, MintResult } from '../../src/contract/token-activities.js'
import type { Work } from '../../workflows/token/due-work.js'
import { applyPrepared } from '../../workflows/token/prepared-credential.js'
import { applyRotationMint } from '../../workflows/token/rotation.js'
import { applyMint } from '../../workflows/token/token-results.js'
import { toCarried } from '../../workflows/token/carried.js'
import { createSnapshot } from '../../workflows/token/token-snapshot.js'
import { TokenState } from '../../workflows/token/token-state.js'
import type { VirtualClock } from './virtual-clock.js'

export interface TokenHostOptions {
  readonly clock: VirtualClock
  readonly connection: string
  readonly facts: ConnectorFacts
  readonly random: () => number
  /** Resolves while a keeper worker is up. */
  readonly untilUp: () => Promise<void>
  /** One token request with a grant. */
  readonly mint: (grant: Sealed) => Promise<MintResult>
  /** A token request that a refusal is the cause of; hears which token is replaced. */
  readonly onForced: (token: string) => void
  readonly deliver: (replyTo: string, reply: LeaseReply) => void
}

/** Runs the real state of a token workflow as its wiring does, on the clock of the simulation. */
export class TokenHost {
  state: TokenState
  #working = false
  #turning = false
  #again = false
  #alarm: () => void = () => undefined
  #rotations = 0

  constructor(private readonly options: TokenHostOptions) {
    const { connection, clock, facts } = options
    const snapshot = createSnapshot(connection, clock.now())
    this.state = new TokenState(Object.assign(snapshot, { describeNeeded: false, facts }))
  }

  request(request: LeaseRequest): void {
    this.state.enqueue(request, this.options.clock.now())
    this.#wake()
  }

  cancel(requestId: string): void {
    this.state.forget([requestId])
    this.#wake()
  }

  command(command: 'pause' | 'resume'): void {
    this.state.command(command, this.options.clock.now())
    this.#wake()
  }

  /** A person authorises the connection, again or for the first time. */
  connect(credential: string): void {
    this.#rotations += 1
    this.state.addRotation(
      {
        id: `rotation-${String(this.#rotations)}`,
        as: 'connect',
        source: { sealed: credential as Sealed },
        tries: 0,
        prior: 'clean',
      },
      this.options.clock.now(),
    )
    this.#wake()
  }

  /** Continues as new, as after many signals: what is carried is plain JSON. */
  continueAsNew(): void {
    if (this.#working) return
    const carried: unknown = JSON.parse(
      JSON.stringify(toCarried(this.state.snapshot, this.options.clock.now())),
    )
    this.state = new TokenState(carried as TokenState['snapshot'])
    this.#wake()
  }

  #wake(): void {
    this.#again = true
    if (this.#turning) return
    this.#turning = true
    void this.#turn()
  }

  async #turn(): Promise<void> {
    const { clock, deliver, untilUp } = this.options
    while (this.#again) {
      this.#again = false
      await clock.sleep(5)
      await untilUp()
      const due = this.state.due(clock.now())
      const replies = this.state.takeReplies(clock.now())
      if (due.now !== undefined && !this.#working) void this.#work(due.now)
      for (const { replyTo, reply } of replies) deliver(replyTo, reply)
      if (replies.length > 0) this.#again = true
      this.#alarm()
      if (!this.#working && due.atMs !== undefined)
        this.#alarm = clock.at(due.atMs, () => {
          this.#wake()
        })
    }
    this.#turning = false
  }

  async #work(work: Work): Promise<void> {
    this.#working = true
    await this.#carryOut(work)
    this.#working = false
    this.#wake()
  }

  async #carryOut(work: Work): Promise<void> {
    const { clock, mint, random, onForced } = this.options
    const { snapshot } = this.state
    const scheduledAtMs = clock.now()
    const moment = () => ({ scheduledAtMs, nowMs: clock.now(), random: random() })
    switch (work.work) {
      case 'mint': {
        if (snapshot.grant === undefined) return
        if (work.cause.startsWith('rejected')) onForced(String(snapshot.token?.sealed))
        const result = await mint(snapshot.grant)
        applyMint(snapshot, result, work.cause, moment())
        return
      }
      case 'prepare': {
        const { rotation } = work
        const grant = 'sealed' in rotation.source ? rotation.source.sealed : undefined
        if (grant === undefined) throw new Error('only sealed credentials are simulated')
        const prepared = { ok: true, grant, grantFingerprint: grant, runId: 'run' } as const
        applyPrepared(snapshot, rotation, prepared, clock.now())
        return
      }
      case 'mint-rotation': {
        const { rotation } = work
        if (rotation.grant === undefined) throw new Error('no grant')
        const result = await mint(rotation.grant)
        applyRotationMint(snapshot, rotation, result, moment())
        return
      }
      case 'describe':
        snapshot.describeNeeded = false
        return
      default:
        throw new Error(`${work.work} is not simulated`)
    }
  }
}
