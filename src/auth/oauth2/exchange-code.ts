import { withoutUndefined } from '../../contract/plain-data.js'
import { Secret } from '../../sealing/secret.js'
import type { MintOutcome, MintRefused } from '../kind/auth-kind.js'
import { neededField } from '../kind/static-token.js'
import {
  NO_REFRESH_TOKEN,
  type RefreshableDefinition,
  type SeparateRefresh,
} from './refreshable.js'
import { refreshField } from './refresh-grant.js'
import { type OAuth2Context, requestToken } from './request-token.js'

export interface CodeDefinition extends RefreshableDefinition, SeparateRefresh {
  readonly pkce?: 'S256' | 'off-because-the-provider-breaks' | undefined
  readonly expectsRefreshToken: boolean
}

/**
 * Exchanges an authorization code, once (RFC 6749 section 4.1.3, RFC 7636 section 4.5). A code is good
 * for one request and a replay makes servers revoke what it gave (RFC 6749 section 4.1.2), so that an
 * exchange without a clear answer is the end of it.
 */
export async function exchangeCode(
  context: OAuth2Context & { readonly auth: CodeDefinition },
): Promise<MintOutcome> {
  const { auth, fields, prior = 'clean', kept } = context
  if (prior !== 'clean' && kept === undefined)
    return startAgain('exchange_interrupted', 'may have been used already')
  const code = neededField(fields, 'code')
  const askedScope = fields['scope']?.reveal() ?? auth.scope
  const hasPkce = auth.pkce !== 'off-because-the-provider-breaks'
  const { refreshUrl: _ofRefresh, ...plan } = auth
  const receipt = await requestToken(context, {
    ...plan,
    grant: {
      type: 'authorization_code',
      parameters: {
        code,
        redirect_uri: neededField(fields, 'redirectUri'),
        code_verifier: hasPkce ? neededField(fields, 'codeVerifier') : undefined,
      },
    },
    askedScope,
  })
  return receipt.outcome === 'granted' ? toGrant(auth, context.fields, receipt) : final(receipt)
}

type Receipt = Extract<Awaited<ReturnType<typeof requestToken>>, { outcome: 'granted' }>

/** What the code was worth, without the code. */
function toGrant(
  auth: CodeDefinition,
  { clientId, clientSecret }: OAuth2Context['fields'],
  { refreshToken, ...outcome }: Receipt,
): MintOutcome {
  const own = withoutUndefined({ clientId, clientSecret })
  const name = refreshField(auth)
  const renewal = name === 'accessToken' ? outcome.token['accessToken'] : refreshToken
  if (renewal !== undefined) return { ...outcome, grant: { ...own, [name]: renewal } }
  const grant = { ...own, [NO_REFRESH_TOKEN]: new Secret('true') }
  if (!auth.expectsRefreshToken) return { ...outcome, grant }
  return { ...outcome, grant, warnings: [...(outcome.warnings ?? []), NO_TOKEN_WARNING] }
}

const NO_TOKEN_WARNING =
  'no refresh token came: the connection ends with its access token. Ask for one (scope offline_access, or authorizationParameters access_type=offline and prompt=consent), or say expectsRefreshToken: false.'

function final(refused: MintRefused): MintRefused {
  switch (refused.class) {
    case 'not_sent':
    case 'throttled':
      return refused
    case 'ambiguous':
    case 'server_error':
      return startAgain(refused.code, 'may have been used', refused.unread)
    case 'invalid_grant':
      return startAgain(
        refused.code,
        'is too old, used already, or of another client',
        refused.unread,
      )
    case 'firewall':
    case 'misconfigured':
      return {
        ...refused,
        class: 'misconfigured',
        message: `${refused.message} Then start the authorization again.`,
      }
  }
}

function startAgain(code: string, why: string, unread?: Secret): MintRefused {
  const message = `the authorization code could not be exchanged (${code}): it ${why}. Start the authorization again.`
  return { outcome: 'refused', class: 'invalid_grant', code, message, unread }
}
