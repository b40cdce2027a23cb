import * as z from 'zod'
import { isSecretReference } from '../../definition/secret-reference.js'
import { jsonPath, milliseconds, plainText } from '../../definition/text-rules.js'
import { serviceUrl } from '../../definition/url-rules.js'
import type { OAuth2Definition } from './oauth2-options.js'
import { EXPIRY_FORMS, TOKEN_ERROR_CODES, TOKEN_FIELDS } from './token-answer-rules.js'

const reference = z.custom<OAuth2Definition['clientSecret'] & object>(isSecretReference, {
  message: `must be the name of a secret, never the secret itself: use secret('env:NAME') or secret('file:/path')`,
})

const answerSchema = z.strictObject({
  at: z.exactOptional(jsonPath),
  fields: z.exactOptional(z.partialRecord(z.enum(TOKEN_FIELDS), jsonPath)),
  form: z.exactOptional(z.boolean()),
  tokenType: z.exactOptional(z.literal('bearer')),
  expiresIn: z.exactOptional(z.enum(EXPIRY_FORMS)),
  failure: z.exactOptional(
    z.strictObject({
      path: jsonPath,
      okValue: z.exactOptional(z.union([z.string(), z.number(), z.boolean()])),
      code: z.exactOptional(jsonPath),
    }),
  ),
  errors: z.exactOptional(z.record(plainText, z.enum(TOKEN_ERROR_CODES))),
})

const refreshSchema = z.strictObject({
  earlyRefresh: z.exactOptional(z.enum(['allowed', 'rejected'])),
  refreshRevokesAccess: z.exactOptional(z.boolean()),
  minRefreshGapMs: z.exactOptional(milliseconds),
  graceWindowMs: z.exactOptional(milliseconds),
  defaultLifetimeMs: z.exactOptional(milliseconds.min(1000)),
  idleLimitMs: z.exactOptional(milliseconds.min(60_000)),
  absoluteLimitMs: z.exactOptional(milliseconds.min(60_000)),
  mintLimit: z.exactOptional(
    z.strictObject({ count: z.int().min(1).max(100), windowMs: milliseconds.min(1000) }),
  ),
  mode: z.exactOptional(z.enum(['timer', 'on-demand'])),
})

/** The fields of {@link OAuth2Definition}, for the schema of each kind. */
export const oauth2Shape = {
  tokenUrl: serviceUrl,
  clientId: z.union([plainText, reference], {
    message: `must be the client id, or secret('env:NAME')`,
  }),
  clientSecret: z.exactOptional(reference),
  clientAuthentication: z.enum(['client_secret_basic', 'client_secret_post', 'none']),
  clientSecretExpiresAt: z.exactOptional(z.iso.date()),
  scope: z.exactOptional(plainText),
  parameters: z.exactOptional(z.record(plainText, z.string())),
  answer: z.exactOptional(answerSchema),
  refresh: z.exactOptional(refreshSchema),
}

/** What right looks like, by path below `auth`. */
export const OAUTH2_EXAMPLES: Readonly<Record<string, string>> = {
  '': `auth: oauth2({ grant: 'client_credentials', tokenUrl: 'https://login.example.com/oauth/token', clientId: 'my-app', clientSecret: secret('env:SECRET') })`,
  tokenUrl: `tokenUrl: 'https://login.example.com/oauth/token'`,
  clientId: `clientId: 'my-app' or clientId: secret('env:SHOPIFY_ID')`,
  clientSecret: `clientSecret: secret('env:SHOPIFY_SECRET')`,
  clientAuthentication: `clientAuthentication: 'client_secret_basic'`,
  clientSecretExpiresAt: `clientSecretExpiresAt: '2027-05-31'`,
  scope: `scope: 'read_orders write_orders'`,
  parameters: `parameters: { audience: 'https://api.example.com' }`,
  refresh: `refresh: { earlyRefresh: 'rejected', minRefreshGapMs: 60_000 }`,
  answer: `answer: { at: 'authed_user', errors: { bad_refresh_token: 'invalid_grant' } }`,
  'answer.failure': `failure: { path: 'ok', okValue: true, code: 'error' }`,
  'answer.errors': `errors: { bad_refresh_token: 'invalid_grant' }`,
  'answer.fields': `fields: { access_token: 'accessToken' }`,
}

const RESERVED = new Set(['grant_type', 'client_id', 'client_secret', 'refresh_token'])

/** Rules that need several fields of an OAuth 2.0 definition. */
export function refineOAuth2(
  auth: Pick<OAuth2Definition, 'clientAuthentication'> & {
    readonly clientSecret?: unknown
    readonly parameters?: Readonly<Record<string, string>>
  },
  context: z.core.$RefinementCtx,
): void {
  if (auth.clientAuthentication === 'none' && auth.clientSecret !== undefined)
    context.addIssue({
      code: 'custom',
      path: ['clientSecret'],
      message: `must be absent where clientAuthentication is 'none'`,
    })
  for (const name of Object.keys(auth.parameters ?? {}))
    if (RESERVED.has(name))
      context.addIssue({
        code: 'custom',
        path: ['parameters', name],
        message: 'is set by the kind itself and can not be a further parameter',
      })
}
