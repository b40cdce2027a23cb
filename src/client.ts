// tokenkeeper/client: what an application server needs. It loads no worker and no native module.
export type {
  BeginAuthorizationOptions,
  BegunAuthorization,
  CompleteAuthorizationInput,
} from './client/authorize.js'
export type {
  ConnectLink,
  ConnectLinkOptions,
  ConnectLinks,
  ConnectLinkSettings,
} from './client/connect-links.js'
export type { CommandedStatus } from './client/connection-calls.js'
export type { VerifiedStatus } from './client/connection-operations.js'
export type { CredentialInput } from './client/credential-input.js'
export type {
  ActorOptions,
  ConnectOptions,
  DetailsOptions,
  ReplaceOptions,
} from './client/operator-options.js'
export type { ListConnections, ListOptions } from './client/list-connections.js'
export type { ListedConnection } from './client/list-filter.js'
export type { ConnectionFilter } from './client/list-filter.js'
export type {
  ReplayFilter,
  ReplayOptions,
  ReplayProgress,
  ReplayResult,
  ReplaySummary,
} from './client/replay/replay-options.js'
export type { SyncProgress } from './client/sync-progress.js'
export { TokenkeeperClient, type TokenkeeperClientOptions } from './client/tokenkeeper-client.js'
export { type ClientErrorCode, TokenkeeperError } from './client/errors/tokenkeeper-error.js'
export type { Actor } from './contract/actor.js'
export {
  AUTHORIZATION_CODES,
  AUTHORIZATION_LIFETIME_MS,
  type AuthorizationCode,
} from './contract/authorization.js'
export { type Condition, explanationText, needsPerson, toCondition } from './contract/condition.js'
export type { ConditionLevel, GoesOn } from './contract/condition-causes.js'
export type { ConnectionDetails, DetailsChange, Metadata } from './contract/connection-details.js'
export type { NextAction, NextStep } from './contract/next-step.js'
export {
  type ConnectionRef,
  DEFAULT_ACCOUNT,
  formatConnection,
  parseConnection,
  tokenWorkflowId,
} from './contract/connection-ref.js'
export { failureCode, failureDetails } from './contract/failure.js'
export {
  FAILURE_CATEGORIES,
  type FailureCategory,
  type FailureCode,
  type FailureDetails,
  FAILURES,
  isFailureCode,
} from './contract/failures.js'
export {
  TOKEN_QUERIES,
  TOKEN_SIGNALS,
  TOKEN_UPDATES,
  type Verification,
} from './contract/messages.js'
export { isSealed, type Sealed } from './contract/sealed.js'
export { SEARCH_ATTRIBUTES } from './contract/search-attributes.js'
export type {
  SetAsideRecord,
  SyncCheckpoint,
  SyncEnd,
  SyncEndpointSink,
  SyncFunctionSink,
  SyncInput,
  SyncResult,
} from './contract/sync.js'
export { syncWorkflowId } from './contract/sync-workflow-id.js'
export { KEEPER_TASK_QUEUE } from './contract/task-queues.js'
export type {
  ConnectionStatus,
  LeaseHolder,
  ReauthReason,
  Revocation,
  StoryEvent,
  StoryEventName,
  TokenStatus,
} from './contract/token-status.js'
export { secret } from './definition/secret-reference.js'
export { generateKeyPair, type KeyPair } from './sealing/key-pair.js'
export { createSealer, type Sealer } from './sealing/sealer.js'
export { Secret } from './sealing/secret.js'
