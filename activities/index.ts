import type { FlowActivities } from '../src/contract/flow-activities.js'
import type { KeeperActivities } from '../src/contract/keeper-report.js'
import type { TokenActivities } from '../src/contract/token-activities.js'
import { createCall } from './call/call.js'
import type { Keeper } from './keeper/keeper.js'
import { createKeeperReport } from './keeper/keeper-report.js'
import { createDeliverNotice } from './notices/deliver-notice.js'
import { createNotifySync } from './notices/notify.js'
import { createProbePage } from './sync/reading/probe-page.js'
import { createCheckSync } from './sync/check-sync.js'
import { createPreviewSync } from './sync/preview-sync.js'
import { createMoveWatermark } from './sync/stored-watermark.js'
import { createSync, type SyncOptions } from './sync/sync.js'
import { createTokenActivities } from './token/create-token-activities.js'
import { createOpen } from './token/open.js'
import { withCodes } from './runtime/unforeseen.js'

type AllActivities = TokenActivities & FlowActivities & KeeperActivities

export interface ActivitiesOptions extends SyncOptions {
  /** The identity by which the server knows the worker. */
  readonly identity?: (() => string) | undefined
}

/** All activities of a keeper worker, by the names that workflows use. */
export function createActivities(keeper: Keeper, options: ActivitiesOptions = {}): AllActivities {
  return withCodesOf({
    ...createTokenActivities(keeper),
    'tokenkeeper.open': createOpen(keeper),
    'tokenkeeper.call': createCall(keeper),
    'tokenkeeper.sync': createSync(keeper, options),
    'tokenkeeper.check-sync': createCheckSync(keeper),
    'tokenkeeper.move-watermark': createMoveWatermark(),
    'tokenkeeper.probe-page': createProbePage(keeper),
    'tokenkeeper.preview-sync': createPreviewSync(keeper),
    'tokenkeeper.notify-sync': createNotifySync(keeper),
    'tokenkeeper.deliver-notice': createDeliverNotice(keeper),
    'tokenkeeper.report': createKeeperReport(keeper, options.identity ?? (() => 'unknown')),
  })
}

/** Each of them, with nothing getting out that has no code of the table. */
function withCodesOf(activities: AllActivities) {
  const wrapped = Object.entries(activities).map(([name, run]) => [
    name,
    withCodes(name, run as (input: unknown) => Promise<unknown>),
  ])
  return Object.fromEntries(wrapped) as AllActivities
}
