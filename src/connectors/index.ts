// tokenkeeper/connector: free of Node's types, so that workflow code may import a connector's type.
export { apiKey } from '../auth/api-key.js'
export type { ApiKeyAuth } from '../auth/api-key.js'
export { authorizationCode } from '../auth/authorization-code.js'
export type { AuthorizationCodeAuth } from '../auth/authorization-code.js'
export { awsSigV4 } from '../auth/aws-sigv4.js'
export type { AwsSigV4Auth } from '../auth/aws-sigv4.js'
export { basic } from '../auth/basic.js'
export type { BasicAuth } from '../auth/basic.js'
export { clientCredentials } from '../auth/client-credentials.js'
export type { ClientCredentialsAuth } from '../auth/client-credentials.js'
export { headers } from '../auth/headers.js'
export type { HeadersAuth } from '../auth/headers.js'
export { hmac } from '../auth/hmac.js'
export type { HmacAuth } from '../auth/hmac.js'
export { loginFlow } from '../auth/login-flow.js'
export type {
  KeepAlive,
  LoginFailureRule,
  LoginFlowAuth,
  LoginLifetime,
  LoginRequest,
  LoginStep,
  LoginTake,
  LoginToken,
} from '../auth/login/login-definition.js'
export { jwtBearer } from '../auth/jwt-bearer.js'
export type { JwtBearerAuth } from '../auth/jwt-bearer.js'
export type { AssertionRules } from '../auth/oauth2/assertion-rules.js'
export { jwt } from '../auth/jwt.js'
export type { JwtAuth } from '../auth/jwt.js'
export type { JwtClaims } from '../auth/jwt/claim-templates.js'
export { none } from '../auth/none.js'
export type { NoAuth } from '../auth/none.js'
export { custom } from '../auth/custom.js'
export type { CustomAuth } from '../auth/custom.js'
export { oauth1 } from '../auth/oauth1.js'
export type { OAuth1Auth } from '../auth/oauth1.js'
export type { ClientKey, OAuth2Definition } from '../auth/oauth2/oauth2-options.js'
export type { RefreshOptions } from '../auth/auth-kind.js'
export { refreshToken } from '../auth/refresh-token.js'
export type { RefreshTokenAuth } from '../auth/refresh-token.js'
export type { AuthDefinition } from '../auth/registry.js'
export type { TokenAnswerRules } from '../auth/oauth2/token-endpoint-rules.js'
export type { TokenRequestRules } from '../auth/oauth2/token-endpoint-rules.js'
export type {
  Connector,
  Endpoint,
  EndpointMap,
  ExpiredRule,
  IdentityRule,
  NetworkRule,
} from './connector.js'
export type { ConnectFieldRule, ConnectLinkRule, ConnectRules } from './connect-section.js'
export type { LookupRule, ResultsRule } from './writing.js'
export { defineConnector } from './define-connector.js'
export type { ConnectorDefinition } from './define-connector.js'
export { del, get, patch, post, put } from './endpoint.js'
export type { LimitBudget, LimitRules, LimitTime, RemainingRule, DetectRule } from './limits.js'
export { cursor, type CursorPagination } from '../pagination/cursor.js'
export type { AnswerField, RequestField } from '../pagination/fields.js'
export { keyset, type KeysetPagination } from '../pagination/keyset.js'
export { linkHeader, type LinkHeaderPagination } from '../pagination/link-header.js'
export { nextUrl, type NextUrlPagination } from '../pagination/next-url.js'
export { offset, type OffsetPagination } from '../pagination/offset.js'
export { pageNumber, type PageNumberPagination } from '../pagination/page-number.js'
export type { Pagination } from '../pagination/registry.js'
export type { PageSize, StopRule } from '../pagination/stop-rules.js'
export { InvalidDefinition } from './invalid-definition.js'
export type { DefinitionProblem } from './invalid-definition.js'
export type { VariableRule } from '../definition/variables.js'
export { secret } from '../definition/secret-reference.js'
export type { SecretReference } from '../contract/credential.js'
