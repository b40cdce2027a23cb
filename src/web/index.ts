// tokenkeeper/web: the HTTP side of authorizations, for a server of the user's own.
export type {
  AuthorizationHandler,
  AuthorizationHandlerOptions,
  ConnectDecision,
} from './authorization-handler.js'
export { createAuthorizationHandler } from './create-authorization-handler.js'
export type { PageLink } from './page.js'
