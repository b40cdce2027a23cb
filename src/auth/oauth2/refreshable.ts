import * as z from 'zod'
import { lastNameOf } from '../../definition/at-path.js'
import { jsonPath, plainText } from '../../definition/text-rules.js'
import { serviceUrl } from '../../definition/url-rules.js'
import type { OAuth2Definition } from './oauth2-options.js'
import { answerSchema, parametersSchema, requestSchema } from './oauth2-schema.js'
import type { TokenAnswerRules, TokenRequestRules } from './token-endpoint-rules.js'

/** What the kinds have whose grant is a refresh token. */
export interface RefreshableDefinition extends OAuth2Definition {
  /** Whether each refresh brings a new refresh token and kills the old one; `unknown` is treated as `rotating`. */
  readonly rotation: 'rotating' | 'none' | 'unknown'
  /**
   * Which token a refresh is asked for with. `access_token`: there is no refresh token, the living token is extended (Facebook, Instagram and Threads: developers.facebook.com, long-lived access tokens).
   * @example refreshWith: 'access_token'
   */
  readonly refreshWith?: 'refresh_token' | 'access_token' | undefined
  /**
   * Value of `grant_type` at a refresh, where it is not `refresh_token` (Facebook `fb_exchange_token`, Threads `th_refresh_token`).
   * @example refreshGrantType: 'fb_exchange_token'
   */
  readonly refreshGrantType?: string | undefined
  /**
   * Path in the token answer of what names the account, as `authed_user.id` (Slack); default: `iss` and `sub` of the id token.
   * @example subject: 'authed_user.id'
   */
  readonly subject?: string | undefined
}

/** What a refresh has of its own where the grant began with another request. */
export interface SeparateRefresh {
  /** Default: the token URL (Figma: www.figma.com/developers/api, refresh token; Clover, Instagram). */
  readonly refreshUrl?: string | undefined
  /** In place of `parameters`. */
  readonly refreshParameters?: Readonly<Record<string, string>> | undefined
  /** In place of `request` (Clover refreshes by JSON; Instagram by GET). */
  readonly refreshRequest?: TokenRequestRules | undefined
  /** In place of `answer` (Slack nests a user's token at the exchange and not at the refresh). */
  readonly refreshAnswer?: TokenAnswerRules | undefined
}

/** Marks a grant that has nothing to refresh with: an access token came alone. */
export const NO_REFRESH_TOKEN = 'noRefreshToken'

export const refreshableShape = {
  rotation: z.enum(['rotating', 'none', 'unknown']),
  refreshWith: z.exactOptional(z.enum(['refresh_token', 'access_token'])),
  refreshGrantType: z.exactOptional(plainText),
  subject: z.exactOptional(
    jsonPath.refine((path) => !/^(?:(?:access|refresh|id)_token)?$/.test(lastNameOf(path) ?? ''), {
      message: 'must be the path of what names the account, not of a token',
    }),
  ),
}

export const separateRefreshShape = {
  refreshUrl: z.exactOptional(serviceUrl),
  refreshParameters: z.exactOptional(parametersSchema),
  refreshRequest: z.exactOptional(requestSchema),
  refreshAnswer: z.exactOptional(answerSchema),
}

export const REFRESHABLE_EXAMPLES: Readonly<Record<string, string>> = {
  rotation: `rotation: 'rotating'`,
  refreshWith: `refreshWith: 'access_token'`,
  refreshGrantType: `refreshGrantType: 'fb_exchange_token'`,
  subject: `subject: 'authed_user.id'`,
}
