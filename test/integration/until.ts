import { expect } from 'vitest'

/** Looks until what is seen is good, and gives it. The time-out is no claim: a machine may be busy. */
export async function until<T>(
  look: () => Promise<T> | T,
  good: (value: T) => boolean,
  timeout = 60_000,
): Promise<T> {
  let seen: T | undefined
  await expect
    .poll(
      async () => {
        seen = await look()
        return seen
      },
      { timeout, interval: 50 },
    )
    .toSatisfy(good)
  return seen as T
}
