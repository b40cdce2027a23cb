import { TypedSearchAttributes, WorkflowNotFoundError } from '@temporalio/common'
import { TOKEN_SIGNALS, TOKEN_UPDATES } from '../../src/contract/messages.js'
import { UNMEASURED } from '../../src/contract/measure.js'
import type { LeaseReply } from '../../src/contract/messages.js'
import { runTokenLoop } from '../../workflows/token/token-loop.js'
import {
  readSnapshot,
  startParts,
  type TokenParts,
  type TokenWorkflowInput,
} from '../../workflows/token/token-parts.js'
import type { TokenActivityProxies, TokenWorld } from '../../workflows/token/token-world.js'
import type { VirtualClock } from './virtual-clock.js'

export interface TokenHostOptions {
  readonly clock: VirtualClock
  readonly connection: string
  readonly random: () => number
  /** Resolves while a keeper worker is up. */
  readonly untilUp: () => Promise<void>
  readonly activities: (host: TokenHost) => TokenActivityProxies
  /** @throws where the flow has ended */
  readonly deliver: (replyTo: string, reply: LeaseReply) => Promise<void>
  /** The workflow itself failed: there is no such thing. */
  readonly onFailure: (error: unknown) => void
}

type Take = (value: unknown) => void
type Update = (value: unknown) => Promise<unknown>

class ContinuedAsNew extends Error {
  constructor(readonly input: TokenWorkflowInput) {
    super('continued as new')
  }
}

const SIGNALS_PER_RUN = 200

/** Runs the shipped loop of a token workflow on the clock of the simulation, run after run. */
export class TokenHost {
  parts: TokenParts
  #run: Run
  #count = 0
  #executions = 0

  constructor(private readonly options: TokenHostOptions) {
    this.parts = this.#fresh()
    this.#run = new Run()
    this.start()
  }

  /** A new execution, as of a workflow that was terminated. */
  start(): void {
    this.#executions += 1
    this.parts = this.#fresh()
    this.#begin({ connection: this.options.connection })
  }

  get isTerminated(): boolean {
    return this.#run.isOver
  }

  /** Whatever the run does from now on reaches nothing and nobody. */
  terminate(): void {
    this.#run.isOver = true
  }

  signal(name: string, message?: unknown): void {
    const sent = plain(message)
    void this.#whileUp((run) => {
      run.signal(name, sent)
    })
  }

  /** Answers by the run that goes on. @throws WorkflowNotFoundError */
  query(name: string, value: unknown): unknown {
    if (this.isTerminated)
      throw new WorkflowNotFoundError('none', this.options.connection, undefined)
    return plain(this.#run.queries.get(name)?.(plain(value)))
  }

  /** "Request Cancellation", as in the Web UI. */
  requestCancellation(): void {
    void this.#whileUp((run) => {
      run.onCancellation()
    })
  }

  /** A person authorises the connection, again or for the first time. */
  connect(sealed: string): void {
    if (this.isTerminated) this.start()
    void this.#whileUp((run) => {
      void run.update(TOKEN_UPDATES.connect, { sealed })
    })
  }

  command(command: 'pause' | 'resume' | 'refresh' | 'revoke'): void {
    this.signal(TOKEN_SIGNALS[command])
  }

  /** As after many events: the run ends at the next moment at which it may. */
  continueAsNew(): void {
    this.#run.isFull = true
  }

  async #whileUp(act: (run: Run) => void): Promise<void> {
    await this.options.untilUp()
    act(this.#run)
  }

  #fresh(): TokenParts {
    return startParts(this.options.connection, this.options.clock.now())
  }

  #begin({ snapshot, carriedRunId }: TokenWorkflowInput): void {
    const run = new Run()
    // What was sent between two runs waits for the next one.
    const kept = this.#run.isOver ? [] : this.#run.unread
    this.#run = run
    const carried = snapshot === undefined ? undefined : readSnapshot(snapshot)
    if (carried !== undefined) this.parts = carried
    const start = {
      parts: this.parts,
      isCarried: carried !== undefined,
      signalsPerRun: SIGNALS_PER_RUN,
      carriedRunId,
    }
    runTokenLoop(start, this.#world(run)).catch((error: unknown) => {
      if (run.isOver) return
      run.hasEnded = true
      if (error instanceof ContinuedAsNew) this.#begin(plain(error.input))
      else this.options.onFailure(error)
    })
    for (const [name, message] of kept) run.signal(name, message)
  }

  #world(run: Run): TokenWorld {
    const { clock, random, untilUp, deliver } = this.options
    const firstExecutionRunId = `run-${String(this.#executions)}`
    /** What has happened is taken in by a worker that is up, and by this run only. */
    const taken = async <T>(what: Promise<T>): Promise<T> => {
      const done = await what.then(
        (value) => () => value,
        (error: unknown) => () => {
          throw error as Error
        },
      )
      await untilUp()
      return await (run.isOver ? NEVER : Promise.resolve().then(done))
    }
    const proxies = this.options.activities(this)
    const world: TokenWorld = {
      now: clock.now,
      random,
      uuid: () => `id-${String((this.#count += 1))}`,
      until: (isDone) => taken(clock.until(() => run.isOver || isDone())),
      untilOrFor: (isDone, ms) => taken(clock.untilOrFor(() => run.isOver || isDone(), ms)),
      startTimer: (ms, _summary, ring) => {
        const state = { isCancelled: false }
        const forget = clock.at(clock.now() + ms, () => {
          void untilUp().then(() => {
            if (!run.isOver && !state.isCancelled) ring()
          })
        })
        return () => {
          state.isCancelled = true
          forget()
        }
      },
      activities: mapActivities(proxies, taken),
      signal: (workflowId, _name, message) =>
        taken(deliver(workflowId, plain(message) as LeaseReply)),
      messages: {
        onSignal: (name, _description, take) => run.takers.set(name, take),
        onOtherSignal: (take) => {
          run.takeOther = take
        },
        onQuery: (name, _description, answer) => run.queries.set(name, answer),
        onUpdate: (name, _description, validate, answer) => {
          run.updates.set(name, async (value) => {
            validate(value)
            return await answer(value)
          })
        },
        areAnswered: () => run.unanswered === 0,
      },
      display: {
        details: () => undefined,
        searchAttributes: () => undefined,
        told: () => new TypedSearchAttributes(),
        log: () => undefined,
      },
      measure: UNMEASURED,
      run: {
        firstExecutionRunId: () => firstExecutionRunId,
        isLong: () => run.taken >= LONG_RUN,
        isOverfull: () => false,
        historyLength: () => (this.#count += 1),
        isFull: () => run.isFull,
        continueAsNew: (input) => Promise.reject(new ContinuedAsNew(input)),
      },
      uncancelled: (work, onCancellation) => {
        if (onCancellation !== undefined) run.onCancellation = onCancellation
        return work()
      },
    }
    return world
  }
}

/** A run of so many signals ends at its next long sleep. */
const LONG_RUN = 4

/** One run: its handlers, and what has come for it. */
class Run {
  isFull = false
  /** Terminated. */
  isOver = false
  /** Continued as new. */
  hasEnded = false
  unanswered = 0
  taken = 0
  readonly takers = new Map<string, Take>()
  readonly updates = new Map<string, Update>()
  readonly queries = new Map<string, (value: unknown) => unknown>()
  readonly unread: (readonly [name: string, message: unknown])[] = []
  takeOther: ((name: string) => void) | undefined
  onCancellation: () => void = () => undefined

  signal(name: string, message: unknown): void {
    if (this.isOver) return
    this.taken += 1
    const take = this.takers.get(name)
    if (this.hasEnded || this.takeOther === undefined) this.unread.push([name, message])
    else if (take === undefined) this.takeOther(name)
    else take(message)
  }

  async update(name: string, value: unknown): Promise<unknown> {
    this.unanswered += 1
    try {
      return await this.updates.get(name)?.(value)
    } finally {
      this.unanswered -= 1
    }
  }
}

const NEVER = new Promise<never>(() => undefined)

/** Through history and back. */
function plain<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T)
}

type Taken = <T>(what: Promise<T>) => Promise<T>

function mapActivities(proxies: TokenActivityProxies, taken: Taken): TokenActivityProxies {
  const map = (activities: TokenActivityProxies['quick']): TokenActivityProxies['quick'] =>
    Object.fromEntries(
      Object.entries(activities).map(([name, run]) => [
        name,
        (input: never) =>
          taken(Promise.resolve().then(() => (run as (one: never) => never)(plain(input)))),
      ]),
    ) as never
  const { quick, bounded, once, unhurried } = proxies
  return {
    quick: map(quick),
    bounded: map(bounded),
    once: map(once),
    unhurried: map(unhurried),
  }
}
