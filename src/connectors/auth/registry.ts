import * as z from 'zod'
import { type ApiKeyAuth, apiKeySchema } from './api-key.js'
import { type BasicAuth, basicSchema } from './basic.js'
import { type ClientCredentialsAuth, clientCredentialsSchema } from './client-credentials.js'
import { type RefreshTokenAuth, refreshTokenSchema } from './refresh-token.js'

/** Authentication as data; one member a kind. What a kind does is in `activities/auth/<kind>.ts`. */
export type AuthDefinition = ApiKeyAuth | BasicAuth | ClientCredentialsAuth | RefreshTokenAuth

/** The schema of every kind's definition: one line each. */
export const authSchema = z.discriminatedUnion(
  'kind',
  [apiKeySchema, basicSchema, clientCredentialsSchema, refreshTokenSchema],
  { message: 'must be made by one of apiKey(), basic(), clientCredentials(), refreshToken()' },
)
