import type { MintFailureClass } from '../../contract/token-activities.js'
import { isWellFormed, utf8Length } from '../../contract/outside-values.js'
import { boundLifetime } from '../kind/lifetime.js'
import { TOKEN_TOO_LONG } from '../oauth2/classify-outcome.js'
import { MAX_TOKEN_BYTES } from '../oauth2/normalize-token-answer.js'
import { openText } from '../oauth2/open-text.js'
import { Secret } from '../../sealing/secret.js'
import type { MintDates, MintOutcome, SecretFields } from '../kind/auth-kind.js'
import type { CustomCall } from './call-custom.js'
import type { CustomMintFailure, CustomToken } from './define-custom-auth.js'

const CLASSES: Readonly<Record<MintFailureClass, true>> = {
  not_sent: true,
  throttled: true,
  server_error: true,
  firewall: true,
  ambiguous: true,
  invalid_grant: true,
  misconfigured: true,
}

/** What came of a user's `mint`, as the outcome of a token request. Says nothing of what it returned. */
export function readMinted(
  made: CustomCall<CustomToken | CustomMintFailure>,
  fields: SecretFields,
  { name, ...dates }: MintDates & { readonly name: string },
): MintOutcome {
  const failed = (failure: MintFailureClass, code: string, message: string) =>
    ({ outcome: 'refused', class: failure, code, message }) as const
  if (made.outcome === 'threw')
    // Nobody knows whether it had asked for a token by then.
    return failed(
      'ambiguous',
      'custom_threw',
      `mint of the custom authentication '${name}' threw ${made.thrown} instead of returning; look at it on the keeper worker.`,
    )
  const { value } = made
  if (isFailure(value)) {
    const code = /^\w{1,60}$/.test(value.code) ? value.code : 'custom'
    return {
      ...failed(value.failed, code, `the custom authentication '${name}' got none (${code}).`),
      retryAfterMs: isDuration(value.retryAfterMs) ? value.retryAfterMs : undefined,
    }
  }
  const token = toSecrets((value as CustomToken | undefined)?.token)
  const tokenBytes = totalBytes(token)
  if (tokenBytes > MAX_TOKEN_BYTES)
    return failed(
      'misconfigured',
      TOKEN_TOO_LONG,
      `the token that mint of the custom authentication '${name}' returned has ${tokenBytes} bytes, and at most ${MAX_TOKEN_BYTES} are taken: it is not used. Ask the provider for shorter tokens.`,
    )
  if (token === undefined || !isDuration(value.lifetimeMs))
    return failed(
      'misconfigured',
      'custom_result',
      `mint of the custom authentication '${name}' returned no token: it has to return { token: { accessToken }, lifetimeMs }, texts that are not empty and a number above 0.`,
    )
  const { grant, scope, subject, answer } = value
  const { ms: lifetimeMs, note } = boundLifetime(value.lifetimeMs)
  const secrets = Object.values(token)
  const changed = toSecrets(grant)
  const next = changed === undefined ? undefined : { ...fields, ...changed }
  const isTaken = next !== undefined && totalBytes(next) <= MAX_TOKEN_BYTES
  return {
    outcome: 'granted',
    token,
    ...dates,
    lifetimeMs,
    lifetimeNote: note,
    grant: isTaken ? next : undefined,
    warnings: isTaken || grant === undefined ? undefined : [unusedGrant(name)],
    scope: typeof scope === 'string' ? openText(scope, secrets) : undefined,
    subject: typeof subject === 'string' ? openText(subject, secrets) : undefined,
    answer,
  }
}

function unusedGrant(name: string): string {
  return `The grant that mint of the custom authentication '${name}' returned is not used, and the one before is kept: it has to hold texts that are not empty, together with the other fields at most ${MAX_TOKEN_BYTES} bytes. Mend mint on the keeper worker.`
}

function totalBytes(fields: SecretFields = {}): number {
  return Object.values(fields).reduce((sum, secret) => sum + utf8Length(secret.reveal()), 0)
}

function isFailure(value: unknown): value is CustomMintFailure {
  const { failed, code } = (value ?? {}) as Partial<Record<keyof CustomMintFailure, unknown>>
  return typeof failed === 'string' && Object.hasOwn(CLASSES, failed) && typeof code === 'string'
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY
}

/** Undefined for what is not an object of texts; an empty one would be sent as an empty credential. */
function toSecrets(texts: unknown): SecretFields | undefined {
  if (typeof texts !== 'object' || texts === null) return undefined
  const entries = Object.entries(texts).map(([name, text]: [string, unknown]) => {
    const secret = typeof text === 'string' ? new Secret(text) : text
    return [name, secret] as const
  })
  const isUsable = (entry: readonly [string, unknown]): entry is readonly [string, Secret] =>
    /^[A-Za-z]\w{0,39}$/.test(entry[0]) &&
    entry[1] instanceof Secret &&
    isUsableText(entry[1].reveal())
  return entries.length > 0 && entries.every(isUsable) ? Object.fromEntries(entries) : undefined
}

/** A blank one, or one with half a character, would be another credential when it is sent. */
function isUsableText(text: string): boolean {
  return text.trim() !== '' && isWellFormed(text)
}
