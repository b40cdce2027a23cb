// tokenkeeper/testing: for tests of flows and of kinds of authentication; never for production.
export type {
  AuthKind as AuthKindImplementation,
  MintContext,
  MintOutcome,
  OutgoingRequest,
  SecretFields,
  SigningContext,
} from '../auth/kind/auth-kind.js'
export { createFailure } from '../contract/failure.js'
export { type AuthKindCheck, authKindChecks, type AuthKindExample } from './auth-kind-checks.js'
export type { FakeConnection } from './fake-connection.js'
export {
  createFakeKeeper,
  type FakeCall,
  type FakeCallInput,
  type FakeKeeper,
  type FakeKeeperOptions,
} from './fake-keeper.js'
export {
  createStrictUpstream,
  linkedPages,
  type StrictUpstream,
  type StrictUpstreamOptions,
  type UpstreamAnswer,
  type UpstreamCounters,
  type UpstreamRequest,
  type UpstreamRoute,
} from './strict-upstream.js'
