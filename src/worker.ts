// tokenkeeper/worker: what the processes need that run workers, and their activities.
export {
  authorizedFetch,
  type AuthorizedFetch,
  type AuthorizedFetchInit,
  type AuthorizedFetchOptions,
} from '../activities/fetch/authorized-fetch.js'
export type { NoticeDestination, NoticesOptions } from '../activities/keeper/notice-options.js'
export type {
  SinkAnswer,
  SinkContext,
  SinkFunction,
  TransformContext,
  TransformFunction,
} from '../activities/keeper/sync-functions.js'
export {
  type CustomAuthFunctions,
  type CustomAuthInput,
  type CustomAuthorizeInput,
  type CustomMintFailure,
  type CustomMintInput,
  type CustomRequestAuth,
  type CustomToken,
  type CustomTokenAuth,
  defineCustomAuth,
} from './auth/custom/define-custom-auth.js'
export type { NoticeEvent } from './contract/notice-events.js'
export { KEEPER_TASK_QUEUE } from './contract/task-queues.js'
export { secret } from './definition/secret-reference.js'
export {
  type KeeperElsewhereOptions,
  type KeeperHereOptions,
  TokenkeeperPlugin,
  type TokenkeeperPluginOptions,
} from './plugin.js'
export { Secret } from './sealing/secret.js'
export { keeperPayloadConverterPath } from './worker/compose-payload-converter.js'
export { createKeeperWorker } from './worker/create-prepared-worker.js'
export { type HealthServer, serveWorkerHealth } from './worker/health-server.js'
export type { Tracer, TracerSpan } from './contract/tracing.js'
export type { KeeperOptions, KeeperWorkerOptions, TracingOptions } from './worker/keeper-options.js'
export { prometheusMetrics } from './worker/prometheus-metrics.js'
