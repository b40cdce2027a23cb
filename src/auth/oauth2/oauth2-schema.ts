import * as z from 'zod'
import { REFRESH_MODES } from '../../contract/connector-facts.js'
import { refusePlainSecrets } from '../../definition/plain-secret.js'
import { isSecretReference } from '../../definition/secret-reference.js'
import { headerName, jsonPath, milliseconds, plainText } from '../../definition/text-rules.js'
import { baseUrl, serviceUrl } from '../../definition/url-rules.js'
import { ASSERTION_ALGORITHMS } from './sign-assertion.js'
import { BASIC_ENCODINGS, CLIENT_AUTHENTICATIONS, type OAuth2Definition } from './oauth2-options.js'
import { EXPIRY_FORMS, TOKEN_ERROR_CODES, TOKEN_FIELDS } from './token-endpoint-rules.js'

export const reference = z.custom<OAuth2Definition['clientSecret'] & object>(isSecretReference, {
  message: `must be the name of a secret, never the secret itself: use secret('env:NAME') or secret('file:/path')`,
})

export const answerSchema = z.strictObject({
  at: z.exactOptional(jsonPath),
  notReady: z.exactOptional(
    z.strictObject({
      status: z.int().min(200).max(299),
      afterMs: z.exactOptional(milliseconds.min(100).max(3_600_000)),
    }),
  ),
  fields: z.exactOptional(z.partialRecord(z.enum(TOKEN_FIELDS), jsonPath)),
  form: z.exactOptional(z.boolean()),
  tokenType: z.exactOptional(z.literal('bearer')),
  expiresIn: z.exactOptional(z.enum(EXPIRY_FORMS)),
  refreshTokenExpiresIn: z.exactOptional(z.enum(EXPIRY_FORMS)),
  expiresWith: z.exactOptional(z.array(jsonPath).min(1)),
  lifetime: z.exactOptional(z.literal('configured')),
  failure: z.exactOptional(
    z.strictObject({
      path: jsonPath,
      okValue: z.exactOptional(z.union([z.string(), z.number(), z.boolean()])),
      code: z.exactOptional(jsonPath),
    }),
  ),
  errors: z.exactOptional(z.record(plainText, z.enum(TOKEN_ERROR_CODES))),
})

/** Names and values of parameters. */
export const parametersSchema = z.record(plainText, z.string())

export const requestSchema = z
  .strictObject({
    method: z.exactOptional(z.enum(['POST', 'GET'])),
    body: z.exactOptional(z.enum(['form', 'json', 'query'])),
    names: z.exactOptional(z.record(plainText, plainText)),
    headers: z.exactOptional(
      z
        .record(
          headerName.refine((name) => !/^(?:authorization|content-type|cookie)$/i.test(name), {
            message: 'is a header that the kind itself sets',
          }),
          plainText,
        )
        .superRefine(refusePlainSecrets),
    ),
    unauthenticated: z.exactOptional(z.boolean()),
  })
  .refine(({ method, body }) => method !== 'GET' || body === undefined || body === 'query', {
    path: ['body'],
    message: `must be absent where method is 'GET': its parameters go into the query`,
  })

export const refreshSchema = z.strictObject({
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
  mode: z.exactOptional(z.enum(REFRESH_MODES)),
  usedWithinMs: z.exactOptional(milliseconds.min(60_000)),
  catchUpMs: z.exactOptional(milliseconds),
})

/** The fields of {@link OAuth2Definition}, for the schema of each kind. */
export const oauth2Shape = {
  tokenUrl: z.exactOptional(serviceUrl),
  issuer: z.exactOptional(baseUrl),
  introspectionUrl: z.exactOptional(serviceUrl),
  revocationUrl: z.exactOptional(serviceUrl),
  revocationEnds: z.exactOptional(z.enum(['grant', 'account'])),
  clientId: z.union([plainText, reference], {
    message: `must be the client id, or secret('env:NAME')`,
  }),
  clientSecret: z.exactOptional(reference),
  clientSecretExpiresAt: z.exactOptional(z.iso.date()),
  clientKey: z.exactOptional(
    z.strictObject({
      key: reference,
      alg: z.enum(ASSERTION_ALGORITHMS),
      kid: z.exactOptional(plainText),
      audience: z.exactOptional(plainText),
    }),
  ),
  clientAuthentication: z.enum(CLIENT_AUTHENTICATIONS),
  scope: z.exactOptional(plainText),
  basicEncoding: z.exactOptional(z.enum(BASIC_ENCODINGS)),
  impliedScopes: z.exactOptional(z.record(plainText, z.array(plainText).min(1))),
  scopeSeparator: z.exactOptional(z.enum([' ', ',', '+'])),
  parameters: z.exactOptional(parametersSchema),
  request: z.exactOptional(requestSchema),
  answer: z.exactOptional(answerSchema),
  tokenHeader: z.exactOptional(
    z.strictObject({ name: headerName, prefix: z.string().regex(/^[\x20-\x7e]{0,100}$/) }),
  ),
  refresh: z.exactOptional(refreshSchema),
}

/** What right looks like, by path below `auth`. */
export const OAUTH2_EXAMPLES: Readonly<Record<string, string>> = {
  '': `auth: clientCredentials({ tokenUrl: 'https://login.example.com/oauth/token', clientId: 'my-app', clientSecret: secret('env:SECRET') })`,
  tokenUrl: `tokenUrl: 'https://login.example.com/oauth/token'`,
  issuer: `issuer: 'https://login.example.com' in place of the URLs`,
  introspectionUrl: `introspectionUrl: 'https://login.example.com/oauth/introspect'`,
  revocationUrl: `revocationUrl: 'https://login.example.com/oauth/revoke'`,
  revocationEnds: `revocationEnds: 'account'`,
  clientId: `clientId: 'my-app' or clientId: secret('env:SHOPIFY_ID')`,
  clientSecret: `clientSecret: secret('env:SHOPIFY_SECRET')`,
  clientKey: `clientKey: { key: secret('file:/run/keys/client.pem'), alg: 'ES256', kid: '2026-11' }`,
  clientAuthentication: `clientAuthentication: 'client_secret_basic'`,
  clientSecretExpiresAt: `clientSecretExpiresAt: '2027-05-31'`,
  scope: `scope: 'read_orders write_orders'`,
  tokenHeader: `tokenHeader: { name: 'X-Shopify-Access-Token', prefix: '' }`,
  basicEncoding: `basicEncoding: 'raw'`,
  impliedScopes: `impliedScopes: { write_products: ['read_products'] }`,
  scopeSeparator: `scopeSeparator: ','`,
  parameters: `parameters: { audience: 'https://api.example.com' }`,
  request: `request: { body: 'json', names: { client_id: 'client_key' } }`,
  'request.method': `request: { method: 'GET' }`,
  'request.headers': `headers: { 'Notion-Version': '2022-06-28' }`,
  refresh: `refresh: { earlyRefresh: 'rejected', minRefreshGapMs: 60_000 }`,
  answer: `answer: { at: 'authed_user', errors: { bad_refresh_token: 'invalid_grant' } }`,
  'answer.notReady': `notReady: { status: 202, afterMs: 5000 }`,
  'answer.lifetime': `answer: { lifetime: 'configured' }, refresh: { defaultLifetimeMs: 1_680_000 }`,
  'answer.expiresWith': `expiresWith: ['authed_user.expires_in']`,
  'answer.expiresIn': `expiresIn: 'milliseconds'`,
  'answer.failure': `failure: { path: 'ok', okValue: true, code: 'error' }`,
  'answer.errors': `errors: { bad_refresh_token: 'invalid_grant' }`,
  'answer.fields': `fields: { access_token: 'accessToken' }`,
}
