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
import { keepHeartbeating } from './runtime/activity-heartbeat.js'
import { withCodes } from './runtime/unforeseen.js'

type WorkName = 'tokenkeeper.call' | 'tokenkeeper.preview-sync' | 'tokenkeeper.probe-page'
type WorkActivities = Pick<FlowActivities, WorkName>
type SyncActivities = Pick<FlowActivities, 'tokenkeeper.sync'>
type TokenQueueActivities = TokenActivities &
  Omit<FlowActivities, WorkName | keyof SyncActivities> &
  KeeperActivities

/**
 * The activities of a keeper's own task queue, by the names that workflows use: none of them lasts as long as an
 * upstream likes.
 * @param identity by which the server knows the worker
 */
export function createTokenQueueActivities(
  keeper: Keeper,
  identity: () => string = () => 'unknown',
): TokenQueueActivities {
  return shownAlive<TokenQueueActivities>({
    ...createTokenActivities(keeper),
    'tokenkeeper.open': createOpen(keeper),
    'tokenkeeper.check-sync': createCheckSync(keeper),
    'tokenkeeper.move-watermark': createMoveWatermark(),
    'tokenkeeper.notify-sync': createNotifySync(keeper),
    'tokenkeeper.deliver-notice': createDeliverNotice(keeper),
    'tokenkeeper.report': createKeeperReport(keeper, identity),
  })
}

/** The activities that ask an upstream once for somebody who waits: they have a task queue, and slots, of their own. */
export function createWorkActivities(keeper: Keeper): WorkActivities {
  return {
    ...withCodesOf({ 'tokenkeeper.call': createCall(keeper) }),
    ...shownAlive({
      'tokenkeeper.preview-sync': createPreviewSync(keeper),
      'tokenkeeper.probe-page': createProbePage(keeper),
    }),
  }
}

/** What moves pages for as long as there are any: it takes turns in slots of its own. */
export function createSyncActivities(keeper: Keeper, options: SyncOptions = {}): SyncActivities {
  return withCodesOf<SyncActivities>({ 'tokenkeeper.sync': createSync(keeper, options) })
}

type Activity = (input: unknown) => Promise<unknown>

/** Each of them, with nothing getting out that has no code of the table. */
function withCodesOf<Activities extends object>(activities: Activities): Activities {
  return each(activities, withCodes)
}

/** The same for those that note nothing by heartbeats of their own: what takes long shows that its worker lives. */
function shownAlive<Activities extends object>(activities: Activities): Activities {
  return withCodesOf(each(activities, (_, run) => (input) => keepHeartbeating(() => run(input))))
}

function each<Activities extends object>(
  activities: Activities,
  wrap: (name: string, run: Activity) => Activity,
): Activities {
  const wrapped = Object.entries(activities).map(([name, run]) => [
    name,
    wrap(name, run as Activity),
  ])
  return Object.fromEntries(wrapped) as Activities
}
