// tokenkeeper: for clients and workers. Workflow code imports tokenkeeper/workflow, connector
// definitions tokenkeeper/connector.
export {
  authorizedFetch,
  type AuthorizedFetch,
  type AuthorizedFetchInit,
  type AuthorizedFetchOptions,
} from '../activities/authorized-fetch.js'
export type {
  RefusedByFunction,
  SinkAnswer,
  SinkContext,
  SinkFunction,
  TransformContext,
  TransformFunction,
} from '../activities/sync/sync-functions.js'
export type {
  BeginAuthorizationOptions,
  BegunAuthorization,
  CompleteAuthorizationInput,
} from './client/authorize.js'
export {
  type CustomAuthFunctions,
  type CustomAuthInput,
  type CustomAuthorizeInput,
  type CustomAuthRegistry,
  type CustomMintFailure,
  type CustomMintInput,
  type CustomRequestAuth,
  type CustomToken,
  type CustomTokenAuth,
  defineCustomAuth,
} from './auth/custom/define-custom-auth.js'
export type { CredentialInput, ReplaceOptions, SecretText } from './client/credential-input.js'
export type {
  FailedReplay,
  ReplayedSync,
  ReplayFilter,
  ReplayOptions,
  ReplayProgress,
  ReplayResult,
  ReplaySummary,
  ReplayTarget,
  SkippedSync,
} from './client/replay/replay-options.js'
export type { Replay } from './client/replay/create-replay.js'
export type { ReadSyncProgress, SyncProgress } from './client/sync-progress.js'
export type { CheckSync, SyncToCheck } from './client/check-sync.js'
export { syncWorkflowId } from './contract/sync-workflow-id.js'
export type { CommandedStatus } from './client/commanded-status.js'
export { TokenkeeperClient, type TokenkeeperClientOptions } from './client/tokenkeeper-client.js'
export { type ClientErrorCode, TokenkeeperError } from './client/tokenkeeper-error.js'
export type { Connector, Endpoint, EndpointMap } from './connectors/connector.js'
export { secret } from './definition/secret-reference.js'
export {
  type ConnectionRef,
  DEFAULT_ACCOUNT,
  formatConnection,
  parseConnection,
  tokenWorkflowId,
} from './contract/connection-ref.js'
export {
  AUTHORIZATION_CODES,
  AUTHORIZATION_LIFETIME_MS,
  type AuthorizationCode,
} from './contract/authorization.js'
export type { AuthKind, CredentialSource, SecretReference } from './contract/credential.js'
export { failureCode, failureDetails } from './contract/failure.js'
export {
  FAILURE_CATEGORIES,
  type FailureCategory,
  type FailureCode,
  type FailureDetails,
  FAILURES,
  isFailureCode,
} from './contract/failures.js'
export type { Lease } from './contract/lease.js'
export {
  type CommandResult,
  TOKEN_QUERIES,
  TOKEN_SIGNALS,
  TOKEN_UPDATES,
} from './contract/messages.js'
export { isSealed, type Sealed, type SealPurpose } from './contract/sealed.js'
export { SEARCH_ATTRIBUTES, type SearchAttributeName } from './contract/search-attributes.js'
export type {
  SetAsideRecord,
  SyncCheckpoint,
  SyncCounters,
  SyncEnd,
  SyncEndpointSink,
  SyncFunctionSink,
  SyncInput,
  SyncResult,
  SyncSink,
  Watermark,
} from './contract/sync.js'
export { KEEPER_TASK_QUEUE } from './contract/token-activities.js'
export type {
  ConnectionStatus,
  ReauthReason,
  Revocation,
  StoryEvent,
  StoryEventName,
  TokenStatus,
} from './contract/token-status.js'
export {
  type KeeperElsewhereOptions,
  type KeeperHereOptions,
  TokenkeeperPlugin,
  type TokenkeeperPluginOptions,
} from './plugin.js'
export type { SealBinding } from './sealing/hpke-suite.js'
export { generateKeyPair, type KeyPair, type PublicKeyText } from './sealing/key-pair.js'
export { createSealer, type Sealer } from './sealing/sealer.js'
export { Secret } from './sealing/secret.js'
export { keeperPayloadConverterPath } from './worker/compose-payload-converter.js'
export { createKeeperWorker, type KeeperOptions, type KeeperWorkerOptions } from './worker.js'
