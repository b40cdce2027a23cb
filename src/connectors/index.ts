// tokenkeeper/connector: free of Node's types, so that workflow code may import a connector's type.
export { apiKey } from '../auth/api-key.js'
export type { ApiKeyAuth, KeyPlace, SeveralKeys } from '../auth/api-key.js'
export { authorizationCode } from '../auth/authorization-code.js'
export type { AuthorizationCodeAuth, AuthorizationCodeOptions } from '../auth/authorization-code.js'
export { awsSigV4 } from '../auth/aws-sigv4.js'
export type { AwsSigV4Auth, AwsSigV4Options } from '../auth/aws-sigv4.js'
export { basic } from '../auth/basic.js'
export type { BasicAuth, BasicKey } from '../auth/basic.js'
export { clientCredentials } from '../auth/client-credentials.js'
export type { ClientCredentialsAuth } from '../auth/client-credentials.js'
export { headers } from '../auth/headers.js'
export type { HeadersAuth } from '../auth/headers.js'
export { hmac } from '../auth/hmac.js'
export type { HmacAuth } from '../auth/hmac.js'
export { loginFlow } from '../auth/login-flow.js'
export type {
  JsonTemplate,
  KeepAlive,
  LoginBody,
  LoginFailureRule,
  LoginFlowAuth,
  LoginLifetime,
  LoginRequest,
  LoginStep,
  LoginTake,
  LoginToken,
} from '../auth/login/login-definition.js'
export { jwtBearer } from '../auth/jwt-bearer.js'
export type { JwtBearerAuth, JwtBearerOptions } from '../auth/jwt-bearer.js'
export type { AssertionAlgorithm } from '../auth/oauth2/assertion-algorithms.js'
export type { AssertionRules } from '../auth/oauth2/assertion-rules.js'
export { jwt } from '../auth/jwt.js'
export type { JwtAuth, JwtOptions } from '../auth/jwt.js'
export type { JwtClaim, JwtClaims } from '../auth/jwt/claim-templates.js'
export type { JwtAlgorithm, JwtKeyFormat } from '../auth/jwt/jwt-algorithms.js'
export { none } from '../auth/none.js'
export type { NoAuth } from '../auth/none.js'
export { custom } from '../auth/custom.js'
export type { CustomAuth } from '../auth/custom.js'
export type { CustomOptions, JsonValue } from '../auth/custom/define-custom-auth.js'
export { oauth1 } from '../auth/oauth1.js'
export type { OAuth1Auth, OAuth1Options } from '../auth/oauth1.js'
export type {
  ClientAuthentication,
  ClientKey,
  OAuth2Definition,
  OAuth2Options,
} from '../auth/oauth2/oauth2-options.js'
export type { RefreshOptions } from '../auth/auth-kind.js'
export { refreshToken } from '../auth/refresh-token.js'
export type { RefreshTokenAuth, RefreshTokenOptions } from '../auth/refresh-token.js'
export type { AuthDefinition } from '../auth/registry.js'
export type {
  TokenAnswerRules,
  TokenErrorCode,
  TokenField,
} from '../auth/oauth2/token-answer-rules.js'
export type { TokenRequestRules } from '../auth/oauth2/token-request-rules.js'
export type {
  Connector,
  Endpoint,
  EndpointMap,
  ExpiredRule,
  IdentityRule,
  Method,
  NetworkRule,
} from './connector.js'
export type { LookupRule, OnUnknown, ResultsRule, ValueRule } from './writing.js'
export { defineConnector } from './define-connector.js'
export type { ConnectorDefinition } from './define-connector.js'
export { del, get, patch, post, put } from './endpoint.js'
export type { BodylessOptions, EndpointOf, EndpointOptions } from './endpoint.js'
export type {
  LimitBudget,
  LimitHeader,
  LimitRules,
  LimitTime,
  LimitTimeForm,
  RemainingRule,
  DetectRule,
} from './limits.js'
export { cursor, type CursorPagination } from '../pagination/cursor.js'
export type { AnswerField, Param, RequestField } from '../pagination/fields.js'
export {
  keyset,
  type KeyOption,
  type KeysetKey,
  type KeysetPagination,
} from '../pagination/keyset.js'
export { linkHeader, type LinkHeaderPagination } from '../pagination/link-header.js'
export { nextUrl, type NextUrlPagination } from '../pagination/next-url.js'
export { offset, type OffsetPagination } from '../pagination/offset.js'
export { pageNumber, type PageNumberPagination } from '../pagination/page-number.js'
export type { Pagination } from '../pagination/registry.js'
export type { PageSize, SizeOption, StopRule } from '../pagination/stop-rules.js'
export { InvalidDefinition } from './invalid-definition.js'
export type { DefinitionProblem } from './invalid-definition.js'
export type { VariableForm, VariableRule, VariableRules } from '../definition/variables.js'
export { secret } from '../definition/secret-reference.js'
export type { SecretReference } from '../contract/credential.js'
