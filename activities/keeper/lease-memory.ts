import { type CountedGeneration, isLeaseLive } from '../../src/contract/lease.js'
import type { CurrentLease } from '../../src/contract/messages.js'

const MAX_CONNECTIONS = 10_000
/** A generation that is still given out so long after its refusal is used again: the refusal may have been an odd one. */
const SECOND_LOOK_MS = 1000

type GrantedLease = Extract<CurrentLease, { outcome: 'granted' }>

/** What is wanted of a lease. */
export interface LeaseWish {
  /** The newest generation that the asker has heard of. */
  readonly known?: CountedGeneration | undefined
  /** A lease that ends sooner is asked for anew. Default: a live one will do. */
  readonly atLeastMs?: number | undefined
}

/** Why a lease that a token workflow has just granted is not used. */
export type Misfit =
  | { readonly kind: 'ended' | 'refused' }
  /** A later generation of the same token workflow was seen: its state comes from a reset. */
  | { readonly kind: 'older'; readonly known: CountedGeneration }

interface Refusal {
  readonly refused: CountedGeneration
  readonly atMs: number
}

/**
 * The newest leases that token workflows have granted to one worker, and the generations that were refused, by
 * connection. Moments are the server's.
 */
export class LeaseMemory {
  readonly #granted = new Map<string, GrantedLease>()
  readonly #refusals = new Map<string, Refusal>()
  readonly #highest = new Map<string, CountedGeneration>()
  readonly #toldUse = new Map<string, number>()

  /** A lease that may be used without asking anybody. */
  held(name: string, { known, atLeastMs = 0 }: LeaseWish, nowMs: number): GrantedLease | undefined {
    const granted = this.#granted.get(name)
    if (granted === undefined || !isLeaseLive(granted.lease, nowMs + atLeastMs)) return undefined
    return known !== undefined && isOlder(granted.lease, known) ? undefined : granted
  }

  /** Keeps what a token workflow has granted, or says why it can't be used. */
  keep(
    name: string,
    granted: GrantedLease,
    { known }: LeaseWish,
    nowMs: number,
  ): Misfit | undefined {
    const { lease } = granted
    const newest = [known, this.#highest.get(name)].find(
      (seen) => seen !== undefined && isOlder(lease, seen),
    )
    if (newest !== undefined) return { kind: 'older', known: newest }
    if (this.#isRefused(name, lease, nowMs)) return { kind: 'refused' }
    if (!isLeaseLive(lease, nowMs)) return { kind: 'ended' }
    const { generation, firstExecutionRunId } = lease
    setNewest(this.#highest, name, { generation, firstExecutionRunId })
    setNewest(this.#granted, name, granted)
    return undefined
  }

  /** The upstream has refused a generation. False: that is known already. */
  refuse(name: string, refused: CountedGeneration, nowMs: number): boolean {
    const newest = this.#granted.get(name)?.lease
    if (newest !== undefined && isOlder(refused, newest)) return false
    this.#granted.delete(name)
    if (this.#isRefused(name, refused, nowMs)) return false
    setNewest(this.#refusals, name, { refused, atMs: nowMs })
    return true
  }

  /** The refusal was not told: who meets it next has to. */
  forgetRefusal(name: string): void {
    this.#refusals.delete(name)
  }

  /** What is granted from now on is asked for anew. */
  forget(name: string): void {
    this.#granted.delete(name)
  }

  /**
   * Whether the use of a lease has to be told to its token workflow; true once for each moment from which it wants
   * to hear of it.
   */
  tellsUse(name: string, { tellUseFromMs = Infinity }: GrantedLease, nowMs: number): boolean {
    if (nowMs < tellUseFromMs || this.#toldUse.get(name) === tellUseFromMs) return false
    setNewest(this.#toldUse, name, tellUseFromMs)
    return true
  }

  /** It could not be told. */
  forgetUse(name: string): void {
    this.#toldUse.delete(name)
  }

  #isRefused(
    name: string,
    { generation, firstExecutionRunId }: CountedGeneration,
    nowMs: number,
  ): boolean {
    const last = this.#refusals.get(name)
    if (last === undefined || nowMs - last.atMs >= SECOND_LOOK_MS) return false
    const { refused } = last
    return refused.firstExecutionRunId === firstExecutionRunId && generation <= refused.generation
  }
}

/** Another token workflow counts anew: its numbers say nothing about these. */
function isOlder(one: CountedGeneration, other: CountedGeneration): boolean {
  return one.firstExecutionRunId === other.firstExecutionRunId && one.generation < other.generation
}

/** The oldest entry makes room. */
function setNewest<T>(map: Map<string, T>, name: string, value: T): void {
  map.delete(name)
  map.set(name, value)
  if (map.size <= MAX_CONNECTIONS) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
