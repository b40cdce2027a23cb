import { createFailure } from '../../contract/failure.js'
import type { OAuth2Definition } from './oauth2-options.js'
import { expandTemplate } from '../../definition/variables.js'
import type { MintContext, MintOutcome } from '../auth-kind.js'
import { readTokenAnswer } from './read-token-answer.js'
import { sendTokenRequest, type TokenRequest } from './send-token-request.js'

/** Sends a token request for a grant and reads its answer: what the OAuth 2.0 kinds share. */
export async function requestToken(
  context: Omit<MintContext, 'auth'> & { readonly auth: OAuth2Definition },
  grant: TokenRequest['grant'],
  parameters: Readonly<Record<string, string>> = {},
): Promise<MintOutcome> {
  const { auth, account, variables, fields, resolve, exchangeOnce } = context
  const tokenUrl = expandTemplate(auth.tokenUrl, variables, context.rules)
  if (tokenUrl === undefined)
    throw createFailure(
      'InvalidConnection',
      `The account ${account} can not stand in the tokenUrl of its connector: it must be letters, digits and hyphens.`,
    )
  const clientSecret =
    fields.clientSecret ?? (auth.clientSecret && (await resolve(auth.clientSecret)))
  const clientId =
    fields.clientId?.reveal() ??
    (typeof auth.clientId === 'string' ? auth.clientId : (await resolve(auth.clientId)).reveal())
  const request = {
    tokenUrl,
    clientId,
    clientAuthentication: auth.clientAuthentication,
    grant,
    parameters: { ...auth.parameters, ...parameters },
    ...(clientSecret === undefined ? {} : { clientSecret }),
  }
  const exchange = await sendTokenRequest(request, exchangeOnce)
  const defaultLifetimeMs = auth.refresh?.defaultLifetimeMs
  const answer = await readTokenAnswer(exchange, {
    request,
    ...(auth.answer === undefined ? {} : { rules: auth.answer }),
    ...(defaultLifetimeMs === undefined ? {} : { defaultLifetimeMs }),
  })
  if (!answer.ok) return answer
  const { accessToken, refreshToken: answered, ok: _ok, ...dates } = answer
  // Client credentials have no use for one (RFC 6749 section 4.4.3).
  const refreshToken = grant.type === 'refresh_token' ? answered : undefined
  return {
    ok: true,
    token: { accessToken },
    ...dates,
    ...(refreshToken === undefined || refreshToken.reveal() === fields.refreshToken?.reveal()
      ? {}
      : { grant: { ...fields, refreshToken } }),
    sentAtMs: exchange.sentAtMs,
    answeredAtMs: exchange.answeredAtMs,
  }
}
