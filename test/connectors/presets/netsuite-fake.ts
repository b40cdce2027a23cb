import { createHmac } from 'node:crypto'
import { sendJson, startLoopbackServer } from '../../fixtures/loopback-server.js'

export const CONSUMER = { key: 'netsuite-app', secret: 'canary-consumer-secret' } as const
const WINDOW_SECONDS = 300

/** RFC 3986: what `encodeURIComponent` leaves alone beside it is encoded too. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/**
 * SuiteTalk REST with token-based authentication, as docs.oracle.com documents it ("The Authorization
 * Headers", "The Signature for Web Services and RESTlets"): the realm is the account id in upper case
 * with an underscore, HMAC-SHA256 over the base string, each nonce once, the time within five minutes.
 * The signature is computed here from the documented steps, with nothing of the project.
 */
export async function startNetsuiteFake(realm: string) {
  const tokens = new Map<string, string>()
  const nonces = new Set<string>()
  const refusals: string[] = []

  function problem(method: string, url: URL, header: string): string | undefined {
    if (!header.startsWith('OAuth ')) return 'no OAuth header'
    const given = new Map(
      [...header.slice(6).matchAll(/([a-z_]+)="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, decodeURIComponent(value)] as const,
      ),
    )
    const secret = tokens.get(given.get('oauth_token') ?? '')
    if (given.get('realm') !== realm) return 'realm'
    if (given.get('oauth_signature_method') !== 'HMAC-SHA256') return 'signature method'
    if (given.get('oauth_version') !== '1.0') return 'version'
    if (given.get('oauth_consumer_key') !== CONSUMER.key) return 'consumer'
    if (secret === undefined) return 'token'
    const off = Math.abs(Number(given.get('oauth_timestamp')) - Date.now() / 1000)
    if (!(off < WINDOW_SECONDS)) return 'timestamp'
    const nonce = given.get('oauth_nonce') ?? ''
    if (!/^[A-Za-z0-9]{6,64}$/.test(nonce) || nonces.has(nonce)) return 'nonce'
    nonces.add(nonce)
    const signed = [...given].filter(([name]) => name !== 'realm' && name !== 'oauth_signature')
    const parameters = [...signed, ...url.searchParams]
      .map(([name, value]) => [encode(name), encode(value)] as const)
      .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
      .map((pair) => pair.join('='))
      .join('&')
    const base = [method, encode(`${url.origin}${url.pathname}`), encode(parameters)].join('&')
    const key = `${encode(CONSUMER.secret)}&${encode(secret)}`
    const expected = createHmac('sha256', key).update(base).digest('base64')
    return given.get('oauth_signature') === expected ? undefined : 'signature'
  }

  const { origin, stop } = await startLoopbackServer((request, response) => {
    const url = new URL(request.url ?? '/', origin)
    const refused = problem(request.method ?? '', url, request.headers.authorization ?? '')
    if (refused !== undefined) {
      refusals.push(refused)
      sendJson(response, 401, {
        type: 'https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.2',
        title: 'Unauthorized',
        status: 401,
        'o:errorDetails': [{ detail: 'Invalid login attempt.', 'o:errorCode': 'INVALID_LOGIN' }],
      })
    } else if (url.pathname === '/services/rest/record/v1/metadata-catalog/customer')
      sendJson(response, 200, { type: 'object' })
    else if (url.pathname === '/services/rest/record/v1/customer')
      sendJson(response, 200, { items: [], q: url.searchParams.get('q') })
    else sendJson(response, 404, {})
  })
  return {
    origin,
    stop,
    refusals,
    /** The administrator makes a token; `revoke` ends it. */
    addToken: (token: string, secret: string) => void tokens.set(token, secret),
    revoke: (token: string) => void tokens.delete(token),
  }
}
