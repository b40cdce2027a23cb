import type * as z from 'zod'

/** The last word of names that secrets have; words are told apart by signs and by capitals. */
const SECRET_WORDS = new Set([
  ...[
    'secret',
    'token',
    'password',
    'passwd',
    'passphrase',
    'passcode',
    'pwd',
    'pass',
    'pin',
    'otp',
  ],
  ...['key', 'apikey', 'accesskey', 'secretkey', 'privatekey', 'appkey', 'authkey', 'apitoken'],
  ...['accesstoken', 'refreshtoken', 'idtoken', 'authtoken', 'sessiontoken', 'clientsecret'],
  ...['appsecret', 'apisecret', 'userpassword', 'sig', 'signature', 'hmac', 'assertion', 'jwt'],
  ...['authorization', 'auth', 'bearer', 'cookie', 'credential', 'credentials'],
  ...['session', 'sessionid', 'jsessionid', 'phpsessid', 'sid'],
])
/** Before `key` these make a name of something else: `Idempotency-Key`. Before `token`: a mark against forgery of requests. */
const HARMLESS_BEFORE = new Set([
  ...['idempotency', 'surrogate', 'cache', 'sort', 'partition', 'primary', 'foreign', 'public'],
  ...['csrf', 'xsrf', 'page', 'next', 'continuation', 'atlassian'],
])
/** What switches something on or off is no secret, whatever it is called. */
const SWITCH = /^(?:|true|false|yes|no|on|off|none|\d|fetch)$/i

/** Whether parameters, headers or fields of this name carry secrets: `client_secret`, `X-Api-Key`, `apiKey`. */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '')
  const last = words.at(-1) ?? ''
  // Alone it says how, as `auth: 'ldap'`; behind another word it is what proves it: `X-Auth`.
  if (last === 'auth' && words.length === 1) return false
  if (words.slice(-2).join('') === 'sessionid') return true
  return (
    SECRET_WORDS.has(last.replace(/^x(?=apikey|authtoken)/, '')) &&
    !HARMLESS_BEFORE.has(words.at(-2) ?? '')
  )
}

/** How a secret in plain text is recognised: a text under a name that secrets have, with no placeholder in it. */
export function isPlainSecret(name: string, value: unknown, isFilled: boolean): boolean {
  if (typeof value !== 'string' && typeof value !== 'number') return false
  return !isFilled && isSecretName(name) && !SWITCH.test(String(value).trim())
}

/** The message about a definition that holds a secret; the value is not repeated. */
export const PLAIN_SECRET = `stands where a secret does, and a definition holds none as plain text: name it by secret('env:NAME') where auth has a place for it, or let a field of the credential or a variable bring it`

/** The parameters of a query or form, as any server would take them. */
export function parametersOf(text: string): (readonly [name: string, value: string])[] {
  return text.split(/[&;\r\n]/).flatMap((part) => {
    const [name = '', ...value] = part.trim().split('=')
    return name === '' ? [] : [[percentDecoded(name), percentDecoded(value.join('='))]]
  })
}

function percentDecoded(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

const HOLDS_PLACEHOLDER = /\{[A-Za-z_][\w:-]*\}/

/** For a record of names and texts, where a text with a `{name}` is filled in with what is not written down. */
export function refusePlainSecrets(
  record: Readonly<Record<string, unknown>>,
  context: z.core.$RefinementCtx,
): void {
  for (const [name, value] of Object.entries(record))
    if (isPlainSecret(name, value, typeof value === 'string' && HOLDS_PLACEHOLDER.test(value)))
      context.addIssue({ code: 'custom', path: [name], message: PLAIN_SECRET })
}
