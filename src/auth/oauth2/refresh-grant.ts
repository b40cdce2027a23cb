import type { MintOutcome, SecretFields } from '../kind/auth-kind.js'
import { neededField } from '../kind/static-token.js'
import { checkClientFields } from './check-client-fields.js'
import {
  NO_REFRESH_TOKEN,
  type RefreshableDefinition,
  type SeparateRefresh,
} from './refreshable.js'
import { type OAuth2Context, requestToken } from './request-token.js'

type RefreshContext = OAuth2Context & { readonly auth: RefreshableDefinition & SeparateRefresh }

/** The field of the grant that a refresh is asked for with. */
export function refreshField({
  refreshWith,
}: Pick<RefreshableDefinition, 'refreshWith'>): 'refreshToken' | 'accessToken' {
  return refreshWith === 'access_token' ? 'accessToken' : 'refreshToken'
}

/** Says what a refreshable credential lacks, or nothing. */
export function checkRefreshFields(
  fields: SecretFields,
  auth: RefreshableDefinition,
): string | undefined {
  const name = refreshField(auth)
  return fields[name] === undefined && fields[NO_REFRESH_TOKEN] === undefined
    ? `it lacks the field ${name}`
    : checkClientFields(fields, auth)
}

/** Refreshes (RFC 6749 section 6). It asks for no scope: it gets what was granted. */
export async function refreshGrant(context: RefreshContext): Promise<MintOutcome> {
  const { auth, fields } = context
  if (fields[NO_REFRESH_TOKEN] !== undefined) return NOTHING_TO_REFRESH_WITH
  const name = refreshField(auth)
  const held = neededField(fields, name)
  const parameter = auth.refreshWith ?? 'refresh_token'
  const receipt = await requestToken(context, {
    grant: {
      type: auth.refreshGrantType ?? 'refresh_token',
      parameters: { [parameter]: held },
    },
    refreshUrl: auth.refreshUrl,
    parameters: auth.refreshParameters ?? auth.parameters,
    request: auth.refreshRequest ?? auth.request,
    answer: auth.refreshAnswer ?? auth.answer,
    askedScope: auth.scope,
    subject: auth.subject,
    rotates: auth.rotation === 'rotating' && name === 'refreshToken',
  })
  if (receipt.outcome === 'refused') return receipt
  const { refreshToken, ...outcome } = receipt
  const next = name === 'accessToken' ? receipt.token['accessToken'] : refreshToken
  return next === undefined || next.reveal() === held.reveal()
    ? outcome
    : { ...outcome, grant: { ...fields, [name]: next } }
}

const NOTHING_TO_REFRESH_WITH: MintOutcome = {
  outcome: 'refused',
  class: 'invalid_grant',
  code: 'no_refresh_token',
  message:
    'the provider gave no refresh token, so that the token can not be renewed: authorise the connection again, and ask for a refresh token where it must be asked for (scope offline_access, access_type=offline).',
}
