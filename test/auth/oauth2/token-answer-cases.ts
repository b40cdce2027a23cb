import type { TokenAnswerRules } from '../../../src/connectors/index.js'

export const ACCESS = 'canary-access-1'
const REFRESH = 'canary-refresh-1'
/** The clock of every case. */
export const now = Date.UTC(2026, 10, 24)

/** What a token endpoint answers; JSON at 200 where nothing else is said. */
export interface Answer {
  readonly status?: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

const standard = { access_token: ACCESS, token_type: 'Bearer', expires_in: 3600 }

function err(error: string) {
  return { error, error_description: `refused canary-refresh-1` }
}

/** Answers that hold a token, and what is read of them. */
export const accepted: readonly (readonly [
  string,
  Answer,
  object,
  (TokenAnswerRules | undefined)?,
])[] = [
  ['standard', { body: standard }, { lifetimeMs: 3_600_000 }],
  ['token_type missing', { body: { access_token: ACCESS } }, {}],
  ['token_type null', { body: { ...standard, token_type: null } }, {}],
  ['token_type user (Slack)', { body: { ...standard, token_type: 'user' } }, {}],
  ['token_type BearerToken', { body: { ...standard, token_type: 'BearerToken' } }, {}],
  ['expires_in as text', { body: { ...standard, expires_in: '3600' } }, { lifetimeMs: 3.6e6 }],
  ['expires_in 3599.5', { body: { ...standard, expires_in: 3599.5 } }, { lifetimeMs: 3_599_500 }],
  ['expires_in 0', { body: { ...standard, expires_in: 0 } }, { lifetimeMs: undefined }],
  ['expires_in null', { body: { ...standard, expires_in: null } }, { lifetimeMs: undefined }],
  ['expires_in never', { body: { ...standard, expires_in: 'never' } }, { lifetimeMs: undefined }],
  ['expires_in -1', { body: { ...standard, expires_in: -1 } }, { lifetimeMs: undefined }],
  [
    'expires_in is a moment, though nothing says so',
    { body: { ...standard, expires_in: 1_796_000_000 } },
    { lifetimeMs: 1_796_000_000_000 - now },
  ],
  [
    'expires_in of 200 years',
    { body: { ...standard, expires_in: 200 * 365 * 86_400 } },
    { lifetimeMs: undefined, lifetimeNote: 'implausible' },
  ],
  ['expires_in missing', { body: { access_token: ACCESS } }, { lifetimeMs: undefined }],
  ['refresh_token', { body: { ...standard, refresh_token: REFRESH } }, { refresh: REFRESH }],
  ['refresh_token null', { body: { ...standard, refresh_token: null } }, { refresh: undefined }],
  ['refresh_token ""', { body: { ...standard, refresh_token: '' } }, { refresh: undefined }],
  ['scope', { body: { ...standard, scope: 'a b' } }, { scope: 'a b' }],
  ['scope null', { body: { ...standard, scope: null } }, { scope: undefined }],
  ['scope as a list', { body: { ...standard, scope: ['a', 'b'] } }, { scope: 'a b' }],
  ['odd id_token', { body: { ...standard, id_token: 7 } }, {}],
  ['text/plain', { type: 'text/plain', body: standard }, {}],
  ['text/html', { type: 'text/html', body: standard }, {}],
  ['no content type', { type: '', body: standard }, {}],
  ['201', { status: 201, body: standard }, {}],
  [
    'form-encoded (GitHub)',
    {
      type: 'application/x-www-form-urlencoded',
      body: `access_token=${ACCESS}&refresh_token=${REFRESH}&expires_in=28800&token_type=bearer`,
    },
    { refresh: REFRESH, lifetimeMs: 28_800_000 },
  ],
  [
    'form-encoded under a wrong type',
    { type: 'text/plain', body: `access_token=${ACCESS}` },
    {},
    { form: true },
  ],
  ['form-encoded without a type', { type: '', body: `access_token=${ACCESS}` }, {}],
  ['a byte order mark', { body: `\uFEFF${JSON.stringify(standard)}` }, { lifetimeMs: 3_600_000 }],
  [
    'trailing bytes',
    { body: `${JSON.stringify(standard)}\0\0<!-- 3 ms -->` },
    { lifetimeMs: 3.6e6 },
  ],
  ['two documents', { body: `${JSON.stringify(standard)}{"debug":"}"}` }, { lifetimeMs: 3.6e6 }],
  [
    'JSON in a JSON text',
    { body: JSON.stringify(JSON.stringify(standard)) },
    { lifetimeMs: 3.6e6 },
  ],
  ['a list, as the rules say', { body: [standard] }, { lifetimeMs: 3.6e6 }, { at: '0' }],
  [
    'nested (Slack)',
    { body: { ok: true, authed_user: { ...standard, refresh_token: REFRESH } } },
    { refresh: REFRESH },
    { at: 'authed_user', failure: { path: 'ok', okValue: true, code: 'error' } },
  ],
  [
    'renamed',
    { body: { data: { accessToken: ACCESS, validFor: 60 } } },
    { lifetimeMs: 60_000 },
    { at: 'data', fields: { access_token: 'accessToken', expires_in: 'validFor' } },
  ],
  [
    'milliseconds',
    { body: { ...standard, expires_in: 60_000 } },
    { lifetimeMs: 60_000 },
    { expiresIn: 'milliseconds' },
  ],
  [
    'epoch seconds',
    { body: { ...standard, expires_in: now / 1000 + 60 } },
    { lifetimeMs: 60_000 },
    { expiresIn: 'epoch-seconds' },
  ],
  [
    'epoch milliseconds',
    { body: { ...standard, expires_in: String(now + 60_000) } },
    { lifetimeMs: 60_000 },
    { expiresIn: 'epoch-milliseconds' },
  ],
  [
    'ISO date',
    { body: { ...standard, expires_in: '2026-11-24T00:01:00Z' } },
    { lifetimeMs: 60_000 },
    { expiresIn: 'iso' },
  ],
  [
    'refresh token lifetime',
    { body: { ...standard, refresh_token_expires_in: 90 } },
    { refreshTokenLifetimeMs: 90_000 },
  ],
]
const slack: TokenAnswerRules = {
  failure: { path: 'ok', okValue: true, code: 'error' },
  errors: { invalid_refresh_token: 'invalid_grant', ratelimited: 'rate_limited' },
}
const challenge = { 'www-authenticate': 'Basic realm="x", error="invalid_client"' }
/** Answers that hold none: class and code of the failure. */
export const refused: readonly (readonly [string, Answer, string, string, TokenAnswerRules?])[] = [
  ['400 invalid_grant', { status: 400, body: err('invalid_grant') }, 'invalid_grant', ''],
  [
    '400 JSON as text/plain',
    { status: 400, type: 'text/plain', body: err('invalid_grant') },
    'invalid_grant',
    '',
  ],
  ['400 invalid_client', { status: 400, body: err('invalid_client') }, 'misconfigured', ''],
  [
    '401 with WWW-Authenticate and a body',
    { status: 401, headers: challenge, body: err('invalid_client') },
    'misconfigured',
    'invalid_client',
  ],
  [
    '401 with WWW-Authenticate only',
    { status: 401, headers: challenge, body: '' },
    'misconfigured',
    'invalid_client',
  ],
  ['401 bare', { status: 401, body: '' }, 'misconfigured', 'http_401'],
  ['invalid_scope', { status: 400, body: err('invalid_scope') }, 'misconfigured', ''],
  ['unauthorized_client', { status: 400, body: err('unauthorized_client') }, 'misconfigured', ''],
  [
    'unsupported_grant_type',
    { status: 400, body: err('unsupported_grant_type') },
    'misconfigured',
    '',
  ],
  ['invalid_request', { status: 400, body: err('invalid_request') }, 'misconfigured', ''],
  [
    'own code at 400',
    { status: 400, body: err('bad_verification_code') },
    'misconfigured',
    'bad_verification_code',
  ],
  [
    'free text at 400',
    { status: 400, body: err('the token canary-refresh-1 is bad') },
    'misconfigured',
    'http_400',
  ],
  ['500 server_error', { status: 500, body: err('server_error') }, 'server_error', ''],
  ['400 server_error', { status: 400, body: err('server_error') }, 'server_error', ''],
  [
    '400 temporarily_unavailable',
    { status: 400, body: err('temporarily_unavailable') },
    'server_error',
    '',
  ],
  ['429 with a JSON error', { status: 429, body: err('slow') }, 'throttled', 'http_429'],
  ['204', { status: 204, body: '' }, 'ambiguous', 'unreadable_answer'],
  ['302', { status: 302, body: '' }, 'misconfigured', 'http_302'],
  ['404 HTML', { status: 404, type: 'text/html', body: '<html>' }, 'misconfigured', 'http_404'],
  ['403 HTML', { status: 403, type: 'text/html', body: '<html>' }, 'firewall', 'http_403'],
  ['400 HTML', { status: 400, type: 'text/html', body: '<html>' }, 'firewall', 'http_400'],
  ['200 HTML', { type: 'text/html', body: '<!doctype html>' }, 'ambiguous', 'html_answer'],
  ['200 empty', { body: '' }, 'ambiguous', 'unreadable_answer'],
  ['200 list', { body: [standard] }, 'ambiguous', 'unreadable_answer'],
  ['200 without token', { body: { token: ACCESS } }, 'ambiguous', 'unreadable_answer'],
  ['200 null token', { body: { ...standard, access_token: null } }, 'ambiguous', ''],
  ['DPoP', { body: { ...standard, token_type: 'DPoP' } }, 'misconfigured', ''],
  [
    'Slack ok:false',
    { body: { ok: false, ...err('invalid_refresh_token') } },
    'invalid_grant',
    '',
    slack,
  ],
  ['Slack limit', { body: { ok: false, ...err('ratelimited') } }, 'throttled', '', slack],
  [
    'Slack, unknown',
    { body: { ok: false, ...err('token_revoked') } },
    'misconfigured',
    'token_revoked',
    slack,
  ],
  [
    'GitHub error at 200',
    { body: err('bad_refresh_token') },
    'invalid_grant',
    'invalid_grant',
    { errors: { bad_refresh_token: 'invalid_grant' } },
  ],
  [
    'error at 200, no rule',
    { body: err('bad_refresh_token') },
    'misconfigured',
    'bad_refresh_token',
  ],
  [
    'Zoho limit at 200',
    { body: err('Access Denied') },
    'throttled',
    'rate_limited',
    { errors: { 'Access Denied': 'rate_limited' } },
  ],
]
