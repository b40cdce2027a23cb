import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** A request as it came over the wire. */
export interface Received {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Account {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly service: string
  readonly region: string
  readonly s3: boolean
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, SignedHeaders=([a-z0-9;_-]+), Signature=([0-9a-f]{64})$/
const MAX_SKEW_MS = 300_000

/**
 * The other side, written from AWS's page "Create a signed request" alone. Says why a request is
 * refused, or nothing.
 */
export function sigV4Refusal(
  { method, target, headers, body }: Received,
  account: Account,
  nowMs: number,
): string | undefined {
  const match = AUTHORIZATION.exec(headers.authorization ?? '')
  if (match === null) return 'MissingAuthenticationToken'
  const [, accessKeyId, day = '', region = '', service = '', names = '', signature] = match
  const date = String(headers['x-amz-date'])
  const [, year, month, dayOfMonth, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  if (year === undefined || !date.startsWith(day)) return 'IncompleteSignature'
  const signedMs = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(dayOfMonth),
    Number(hour),
    Number(minute),
    Number(second),
  )
  if (Math.abs(signedMs - nowMs) > MAX_SKEW_MS) return 'RequestTimeTooSkewed'
  if (accessKeyId !== account.accessKeyId) return 'InvalidAccessKeyId'
  if (region !== account.region || service !== account.service) return 'CredentialScope'
  if (headers['x-amz-security-token'] !== account.sessionToken) return 'InvalidToken'
  const signed = names.split(';')
  if (names !== [...signed].sort().join(';')) return 'SignedHeaders'
  const needed = Object.keys(headers).filter((name) => name.startsWith('x-amz-'))
  if (!['host', ...needed].every((name) => signed.includes(name))) return 'HeadersNotSigned'
  const declared = headers['x-amz-content-sha256']
  const bodyHash = sha256(body)
  if (account.s3 && declared === undefined) return 'MissingContentSha256'
  if (declared !== undefined && declared !== 'UNSIGNED-PAYLOAD' && declared !== bodyHash)
    return 'XAmzContentSHA256Mismatch'
  const canonical = [
    method,
    canonicalPath(target.split('?')[0] ?? '', account.s3),
    canonicalQuery(target.includes('?') ? target.slice(target.indexOf('?') + 1) : ''),
    ...signed.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    names,
    declared ?? bodyHash,
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (before, part) => createHmac('sha256', before).update(part).digest(),
    `AWS4${account.secretAccessKey}`,
  )
  const right = createHmac('sha256', key).update(text).digest('hex')
  return signature === right ? undefined : 'SignatureDoesNotMatch'
}

function canonicalPath(path: string, s3: boolean): string {
  if (s3) return path.split('/').map(reencode).join('/')
  const parts = path.split('/').filter((part) => part !== '')
  const end = path.endsWith('/') && parts.length > 0 ? '/' : ''
  return `/${parts.map(encode).join('/')}${end}`
}

/** A `+` is a space to some readers and a plus to others: nobody should have to guess. */
function canonicalQuery(query: string): string {
  if (query.includes('+')) throw new Error('a + in the query')
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const [name = '', ...value] = pair.split('=')
      return [reencode(name), reencode(value.join('='))]
    })
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map((pair) => pair.join('='))
    .join('&')
}

function reencode(text: string): string {
  return encode(decodeURIComponent(text))
}

function encode(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      return /[A-Za-z0-9\-._~]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}
