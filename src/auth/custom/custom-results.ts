import type { MintFailureClass } from '../../contract/token-activities.js'
import { isWellFormed, utf8Length } from '../../contract/outside-values.js'
import { Secret } from '../../sealing/secret.js'
import { createFailure } from '../../contract/failure.js'
import { headerName } from '../../definition/text-rules.js'
import { boundLifetime } from '../kind/lifetime.js'
import { TOKEN_TOO_LONG } from '../oauth2/classify-outcome.js'
import { MAX_TOKEN_BYTES } from '../oauth2/normalize-token-answer.js'
import { openText } from '../oauth2/open-text.js'
import type { MintDates, MintOutcome, OutgoingRequest, SecretFields } from '../kind/auth-kind.js'
import { isHeaderValue } from '../kind/header-value.js'
import type { CustomMintFailure, CustomToken } from './define-custom-auth.js'

type CustomCall<Value> =
  | { readonly outcome: 'returned'; readonly value: Value }
  /** The class of what was thrown, where it is one of the language's own. */
  | { readonly outcome: 'threw'; readonly thrown: string }

const BUILT_IN = [TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError]

/** Runs a function of a user. Its message may hold a secret, and its name, stack and cause too: nothing is passed on. */
export async function callCustom<Value>(
  run: () => Value | Promise<Value>,
): Promise<CustomCall<Value>> {
  try {
    return { outcome: 'returned', value: await run() }
  } catch (error) {
    const known = BUILT_IN.find((one) => error instanceof one)
    return { outcome: 'threw', thrown: known?.name ?? 'an error' }
  }
}

/** A shorter value could stand in a sentence by chance. */
const MIN_LENGTH = 4

/** The text that a user's check gives about a credential, where it may be shown: one line that holds none of the credential's values. */
export function checkedByUser(check: () => unknown, fields: SecretFields): string | undefined {
  let problem: unknown
  try {
    problem = check()
  } catch {
    return 'the check that is registered for it threw an error'
  }
  if (problem === undefined) return undefined
  const values = Object.values(fields)
    .map((field) => field.reveal())
    .filter((value) => value.length >= MIN_LENGTH)
  const isClean = (text: string): boolean =>
    /^[^\p{Cc}]{1,200}$/u.test(text) && !values.some((value) => text.includes(value))
  return typeof problem === 'string' && isClean(problem)
    ? problem
    : 'the check that is registered for it refuses it, in words that can not be shown'
}

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

/** A copy that functions may change without changing what it was made of. */
export function copiedRequest(request: OutgoingRequest): OutgoingRequest {
  return { ...request, url: new URL(request.url), headers: { ...request.headers } }
}

/**
 * What functions of a user made of a request, if it may be sent: another method or origin, or a header
 * that would break the request, is refused without repeating anything of it.
 * @throws ApplicationFailure `ForeignOrigin`, `InvalidInput`
 */
export function checkedRequest(
  before: OutgoingRequest,
  made: unknown,
  name: string,
): OutgoingRequest {
  const refused = (what: string) =>
    createFailure(
      'InvalidInput',
      `The custom authentication '${name}' returned ${what}; nothing was sent. Mend the function that is registered for it.`,
    )
  if (typeof made !== 'object' || made === null) throw refused('no request')
  const { method, url, headers, body } = made as Partial<Record<keyof OutgoingRequest, unknown>>
  if (method !== before.method) throw refused('a request of another method')
  const target = url instanceof URL ? new URL(url) : undefined
  if (target === undefined) throw refused('a request whose url is no URL')
  if (target.username !== '' || target.password !== '')
    throw refused('a URL with a user name or password')
  if (target.origin !== before.url.origin)
    throw createFailure(
      'ForeignOrigin',
      `The custom authentication '${name}' returned a request to another origin; nothing was sent. A credential goes to the connector's own origins only.`,
    )
  if (body !== undefined && typeof body !== 'string') throw refused('a body that is no text')
  const clean = cleanHeaders(headers)
  if (typeof clean === 'string') throw refused(clean)
  return {
    method: before.method,
    url: target,
    headers: clean,
    body,
  }
}

function cleanHeaders(headers: unknown): Record<string, string> | string {
  // An instance of Headers would look empty here.
  if (!isPlainObject(headers)) return 'headers that are no plain object'
  const clean: Record<string, string> = {}
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.safeParse(name).success) return 'a header whose name is not allowed'
    if (seen.has(name.toLowerCase())) return 'a header twice'
    if (typeof value !== 'string' || !isHeaderValue(value))
      return 'a header with a line break, a control character or one outside latin-1'
    seen.add(name.toLowerCase())
    clean[name] = value
  }
  return clean
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
