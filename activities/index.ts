import type { FlowActivities } from '../src/contract/flow-activities.js'
import type { TokenActivities } from '../src/contract/token-activities.js'
import { call } from './call/call.js'
import type { ActivityDependencies } from './dependencies.js'
import { probePage } from './replay/probe-page.js'
import { createCheckSync } from './sync/check-sync.js'
import { moveWatermark } from './sync/stored-watermark.js'
import { sync } from './sync/sync.js'
import { createTokenActivities } from './token/create-token-activities.js'
import { withCodes } from './unforeseen.js'
import { createOpen } from './token/open.js'

/** All activities of a keeper worker, by the names that workflows use. */
export function createActivities(
  dependencies: ActivityDependencies,
): TokenActivities & FlowActivities {
  return withCodesOf({
    ...createTokenActivities(dependencies),
    'tokenkeeper.open': createOpen(dependencies),
    'tokenkeeper.call': (input) => call(dependencies, input),
    'tokenkeeper.sync': (input) => sync(dependencies, input),
    'tokenkeeper.check-sync': createCheckSync(dependencies),
    'tokenkeeper.move-watermark': moveWatermark,
    'tokenkeeper.probe-page': (input) => probePage(dependencies, input),
  })
}

/** Each of them, with nothing getting out that has no code of the table. */
function withCodesOf(activities: TokenActivities & FlowActivities) {
  const wrapped = Object.entries(activities).map(([name, run]) => [
    name,
    withCodes(name, run as (input: unknown) => Promise<unknown>),
  ])
  return Object.fromEntries(wrapped) as TokenActivities & FlowActivities
}

export type { ActivityDependencies } from './dependencies.js'
