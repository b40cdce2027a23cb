import type { WireAnswer } from './wire-answer.js'

/** What came of one case. */
export interface FuzzCase {
  /** What the server answered, in order; undefined: the good answer. */
  readonly served: readonly (WireAnswer | undefined)[]
  /** Which promise was broken. */
  readonly wrong?: string
}

/** Hostile answers of a case are fewer by far. */
export const MOST_TRIES = 12

export function isStalling(answers: readonly WireAnswer[]): boolean {
  return answers.some(({ timing }) => timing.startsWith('stall'))
}

/** An answer in words, to be looked at. */
export function describeAnswer(answer: WireAnswer | undefined): string {
  if (answer === undefined) return 'the good answer'
  const { head, body, timing, share, isClean } = answer
  const shown = [...head.subarray(0, 1200), ...body.subarray(0, 400)]
  const text = JSON.stringify(
    Buffer.from(shown)
      .toString('latin1')
      .replace(/(.)\1{30,}/g, '$1...'),
  )
  return `${timing} ${String(share)}${isClean ? ' clean' : ''} ${text}`
}
