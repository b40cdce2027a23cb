import { CALLS, type Caller } from './callers.js'
import { movePage, type PageInput } from './plain-loop.js'
import { forEach, timed } from './work.js'

export type { PageInput } from './plain-loop.js'

export interface CallsInput {
  readonly by: Caller
  readonly origin: string
  readonly count: number
  readonly atOnce: number
}

export interface BenchActivities {
  readonly calls: (input: CallsInput) => Promise<number>
  readonly movePage: (input: PageInput) => Promise<string | undefined>
}

/** Makes the calls of one side after it has its credential; gives calls per second. */
async function calls({ by, origin, count, atOnce }: CallsInput): Promise<number> {
  const call = await CALLS[by](origin)
  await call()
  const took = await timed(() => forEach(Array.from({ length: count }), atOnce, call))
  return (count / took) * 1000
}

export const benchActivities: BenchActivities = { calls, movePage }
