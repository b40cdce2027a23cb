import { createRandom } from '../simulation/random.js'

/** What a seed decides, in words. */
export interface Dice {
  readonly chance: (probability: number) => boolean
  /** From 0 to `below - 1`. */
  readonly number: (below: number) => number
  readonly pick: <const T>(choices: readonly [T, ...T[]]) => T
  /** One of several ways, made only when it is chosen. */
  readonly one: <T>(...ways: readonly [() => T, ...(() => T)[]]) => T
}

export function createDice(seed: number): Dice {
  const random = createRandom(seed)
  const number = (below: number): number => Math.floor(random() * below)
  return {
    chance: (probability) => random() < probability,
    number,
    pick: (choices) => choices[number(choices.length)] ?? choices[0],
    one: (...ways) => (ways[number(ways.length)] ?? ways[0])(),
  }
}
