/** `tokenkeeper/workflow`: what workflow code imports; safe in Temporal's sandbox. */
export {
  connection,
  type CallOptions,
  type Connection,
  type ConnectionOptions,
} from './flow/connection.js'
export type { LeaseOptions } from './flow/lease-source.js'
export { limitWorkflow, type LimitWorkflowInput } from './limit/limit-workflow.js'
export { keeperReportFlow } from './keeper-report-flow.js'
export { noticesWorkflow, type NoticesWorkflowInput } from './notices/notices-workflow.js'
export { checkReplayFlow } from './sync/check-replay-flow.js'
export { previewSyncFlow } from './sync/preview-sync-flow.js'
export { syncFlow } from './sync/sync-flow.js'
export { watermarkWorkflow, type WatermarkWorkflowInput } from './sync/watermark-workflow.js'
export { tokenWorkflow } from './token/token-workflow.js'
export type { TokenWorkflowInput } from './token/token-parts.js'
export type { Lease } from '../src/contract/lease.js'
export type { SyncCheckpoint, SyncInput, SyncResult } from '../src/contract/sync.js'
