import { isSettled } from './effort.js'
import { median, type Measured } from './statistics.js'

export interface Sides {
  readonly rounds?: number
  /**
   * What warms both sides up before the first round: a round that does not count, a shorter one, or nothing, where
   * each round has processes of its own. Default: a round.
   */
  readonly warmUp?: boolean | (() => Promise<unknown>)
  /** Figures of one round: both sides in the same unit. */
  readonly ours: () => Promise<number>
  readonly reference: () => Promise<number>
  readonly unit: string
}

const ROUNDS = 5

/**
 * Measures both sides in turn, so that a busy machine is busy for both, and the other one first every
 * second time. It ends early where the rounds agree.
 */
export async function interleave({
  rounds = ROUNDS,
  warmUp = true,
  ours,
  reference,
  unit,
}: Sides): Promise<Measured> {
  const pairs: { readonly ours: number; readonly reference: number }[] = []
  if (typeof warmUp === 'function') await warmUp()
  for (let round = warmUp === true ? 0 : 1; round <= rounds; round += 1) {
    const first = await (round % 2 === 0 ? ours : reference)()
    const second = await (round % 2 === 0 ? reference : ours)()
    if (round === 0) continue
    const [mine, other] = round % 2 === 0 ? [first, second] : [second, first]
    pairs.push({ ours: mine, reference: other })
    if (isSettled(pairs.map((pair) => pair.ours / pair.reference))) break
  }
  const [mine, other] = [
    median(pairs.map((pair) => pair.ours)),
    median(pairs.map((pair) => pair.reference)),
  ]
  return {
    rounds: pairs.map((pair) => pair.ours / pair.reference),
    note: `${readable(mine)} against ${readable(other)} ${unit}`,
  }
}

export function readable(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 })
}
