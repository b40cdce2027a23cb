import * as z from 'zod'
import { KEY_FILE_FIELDS } from '../contract/connect-form.js'
import type { SecretReference } from '../contract/credential.js'
import { createFailure } from '../contract/failure.js'
import type { AuthKind, MintContext, MintOutcome, MintRefused } from './kind/auth-kind.js'
import { authorizeBearer, bearerCarriers } from './kind/bearer.js'
import {
  ASSERTION_FIELDS,
  assertionFields,
  type AssertionRules,
  assertionSchema,
  keyProblem,
} from './oauth2/assertion-rules.js'
import { askedClientFields, checkClientFields } from './oauth2/check-client-fields.js'
import { type OAuth2Definition, type Unset, oauth2Urls } from './oauth2/oauth2-options.js'
import { findEndpoints } from './oauth2/endpoints.js'
import { OAUTH2_EXAMPLES, oauth2Shape } from './oauth2/oauth2-schema.js'
import { openClientId } from './oauth2/open-client.js'
import { refineOAuth2 } from './oauth2/refine-oauth2.js'
import { requestToken, scopeText } from './oauth2/request-token.js'
import { revokeGrant } from './oauth2/revoke-grant.js'
import { signAssertion } from './oauth2/sign-assertion.js'

/**
 * Credential: field `privateKey` (PEM) with `issuer`, `subject` and `keyId` where they differ per
 * connection; as one text: the key. Or a service account's whole key file as Google gives it (JSON).
 * `{}` where the connector names key and issuer.
 */
export interface JwtBearerAuth extends Omit<OAuth2Definition, 'clientId'> {
  readonly kind: 'jwt-bearer'
  readonly assertion: AssertionRules
  /** For providers that want to know the client beside the assertion (Box), or as its issuer (Salesforce). */
  readonly clientId?: string | SecretReference | undefined
}

export type JwtBearerOptions = Omit<Unset<OAuth2Definition>, 'clientId'> &
  Pick<JwtBearerAuth, 'assertion' | 'clientId'>

/** OAuth 2.0 JWT bearer grant (RFC 7523 section 2.1), the form of Google's service accounts among them. */
export function jwtBearer(options: JwtBearerOptions): JwtBearerAuth {
  const { clientAuthentication = 'none', ...rest } = options
  return { kind: 'jwt-bearer', clientAuthentication, ...rest }
}

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const DEFAULT_LIFETIME_MS = 300_000

/** Consumes nothing: an assertion is signed for each request. */
export const jwtBearerKind: AuthKind<JwtBearerAuth> = {
  kind: 'jwt-bearer',
  madeBy: 'jwtBearer()',
  schema: z
    .strictObject({
      kind: z.literal('jwt-bearer'),
      ...oauth2Shape,
      clientId: z.exactOptional(oauth2Shape.clientId),
      assertion: assertionSchema,
    })
    .superRefine(refineOAuth2)
    .refine((auth) => auth.clientAuthentication === 'none' || auth.clientId !== undefined, {
      path: ['clientId'],
      message: `must be given where clientAuthentication is not 'none'`,
    }),
  examples: {
    ...OAUTH2_EXAMPLES,
    '': `auth: jwtBearer({ tokenUrl: 'https://oauth2.googleapis.com/token', scope: 'https://www.googleapis.com/auth/drive.readonly', assertion: { alg: 'RS256', scopeIn: 'assertion', withoutSubject: true } })`,
    assertion: `assertion: { alg: 'RS256', issuer: 'my-app', subject: 'integration@example.com' }`,
    'assertion.claims': `claims: { box_sub_type: 'enterprise' }`,
  },
  fields: () => [...ASSERTION_FIELDS, 'clientId', 'clientSecret', ...KEY_FILE_FIELDS],
  askedFields: (auth) => {
    const client = askedClientFields(auth)
    const needed = auth.assertion.key === undefined ? ['privateKey', ...client] : client
    return { needed, optional: ['issuer', 'subject', 'keyId'] }
  },
  longFields: () => ['privateKey'],
  fieldsOfText: (text) => ({ privateKey: text }),
  checkFields: (fields, auth) => {
    const { issuer } = assertionFields(fields)
    const named = issuer ?? auth.assertion.issuer ?? auth.clientId ?? fields['clientId']
    if (named === undefined) return 'it lacks the field issuer, or client_email of a key file'
    return keyProblem(fields, auth.assertion, auth.tokenUrl) ?? checkClientFields(fields, auth)
  },
  refreshes: () => true,
  consumesGrant: () => false,
  policy: (auth) => auth.refresh,
  urls: oauth2Urls,
  carriers: bearerCarriers,
  mint: async (context) => {
    const endpoints = await findEndpoints(context)
    if (endpoints.outcome === 'refused') return endpoints
    return await mintWith(context, endpoints.tokenUrl)
  },
  authorize: authorizeBearer,
  revoke: (context) => revokeGrant(withClientId(context)),
}

async function mintWith(
  context: MintContext<JwtBearerAuth>,
  tokenUrl: string,
): Promise<MintOutcome> {
  const { auth, fields } = context
  const { scope, assertion } = auth
  const anonymous = auth.clientId === undefined && fields['clientId'] === undefined
  const asked = scopeText(scope, auth.scopeSeparator)
  const inAssertion = assertion.scopeIn === 'assertion'
  const made = await toAssertion(context, tokenUrl, inAssertion ? asked : undefined)
  const { refresh: _policy, ...plan } = auth
  const receipt = await requestToken(withClientId(context), {
    ...plan,
    grant: async (now) => {
      const signed = await signAssertion(made, { ...context, now })
      const parameters = { assertion: signed, scope: inAssertion ? undefined : asked }
      return { type: GRANT_TYPE, parameters }
    },
    request: anonymous ? { ...auth.request, unauthenticated: true } : auth.request,
    askedScope: scope,
  })
  if (receipt.outcome === 'refused')
    return receipt.class === 'invalid_grant' ? refusedAssertion(receipt) : receipt
  const { refreshToken: _unused, ...outcome } = receipt
  return outcome
}

/** Where no client is named, none is sent: the text stands for it in the library only. */
function withClientId<Context extends { readonly auth: JwtBearerAuth }>(context: Context) {
  return { ...context, auth: { ...context.auth, clientId: context.auth.clientId ?? 'none' } }
}

async function toAssertion(
  context: MintContext<JwtBearerAuth>,
  tokenUrl: string,
  scope: string | undefined,
) {
  const { fields, resolve } = context
  const { assertion: rules, clientId } = context.auth
  const own = assertionFields(fields)
  const key = own.privateKey ?? (rules.key && (await resolve(rules.key)))
  if (key === undefined)
    throw createFailure('InvalidInput', 'The credential lacks the field privateKey.')
  const known = own.issuer ?? rules.issuer
  const named = clientId !== undefined || fields['clientId'] !== undefined
  const issuer = known ?? (named ? await openClientId(withClientId(context)) : '')
  const subject =
    own.subject ?? rules.subject ?? (rules.withoutSubject === true ? undefined : issuer)
  const kid = own.keyId ?? rules.kid
  return {
    key,
    alg: rules.alg,
    issuer,
    audience: rules.audience ?? tokenUrl,
    lifetimeMs: rules.lifetimeMs ?? DEFAULT_LIFETIME_MS,
    claims: { ...rules.claims, scope },
    subject,
    kid,
  }
}

/** There is no grant that could have died: the assertion itself is wrong. */
function refusedAssertion(refused: MintRefused): MintOutcome {
  const message = `the provider does not accept the assertion (${refused.code}): look at key, issuer, subject, audience and scope, at what the provider knows of the key, and at this machine's clock.`
  return { ...refused, class: 'misconfigured', message }
}
