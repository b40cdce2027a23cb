import type { ReauthReason } from './token-status.js'

/** Why a grant is dead: what happened, and how to have it never again. */
export const REAUTH_REASONS: Readonly<
  Record<ReauthReason, { readonly cause: string; readonly prevent: string }>
> = {
  revoked: {
    cause: 'lost its grant: it was revoked at the provider, or has ended',
    prevent: 'make tokenkeeper its only user: one grant for each environment',
  },
  rotation_lost: {
    cause: 'lost its rotated refresh token: the answer that brought it never arrived',
    prevent: "let keeper workers end in peace; declare the provider's graceWindowMs",
  },
  expired_idle: {
    cause: 'was not used for longer than its refresh token lives',
    prevent: 'set refresh.idleLimitMs to what the provider says',
  },
  rolled_back: {
    cause: 'was reset to an older state whose refresh token must not be used',
    prevent: 'never reset a token workflow',
  },
}
