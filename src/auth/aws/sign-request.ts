import { SignatureV4 } from '@smithy/signature-v4'
import { createHash, createHmac } from 'node:crypto'
import { createFailure } from '../../contract/failure.js'
import { withoutUndefined } from '../../contract/plain-data.js'
import type { OutgoingRequest, SecretFields } from '../kind/auth-kind.js'
import { neededField } from '../kind/static-token.js'

/** How requests of a definition are signed. */
export interface SigV4Rules {
  readonly service: string
  readonly region: string
  /** `s3`: the path is signed as it is sent, neither encoded again nor normalised. */
  readonly rules: 'standard' | 's3'
  readonly payload: 'signed' | 'declared' | 'unsigned'
}

/** What the signature comes with; in lower case. */
export const SIGV4_HEADERS = [
  'authorization',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
] as const

/** Proxies on the way write it anew. */
const UNSIGNED = 'accept-encoding'
/** Sent as latin-1, and nobody agrees on the bytes that are signed then. */
const NOT_ASCII = /[^\x20-\x7e\t]/

/**
 * The headers of AWS Signature Version 4 for a request whose URL is strict already
 * (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 * @throws ApplicationFailure `InvalidInput` for a query that can not be signed
 */
export async function sigV4Headers(
  { method, url, headers, body }: OutgoingRequest,
  token: SecretFields,
  { service, region, rules, payload }: SigV4Rules,
  nowMs: number,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    service,
    region,
    // The signer asks at the moment of signing, so that it keeps no secret.
    credentials: () => Promise.resolve(credentialsOf(token)),
    sha256: NodeSha256,
    uriEscapePath: rules === 'standard',
    applyChecksum: payload === 'declared',
  })
  const toSign = {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: queryOf(url.search),
    headers: headersToSign(headers, url.host, payload),
    body,
  }
  const signed = await signer.sign(toSign, { signingDate: new Date(nowMs) })
  return Object.fromEntries(
    SIGV4_HEADERS.filter((name) => signed.headers[name] !== undefined).map((name) => [
      name,
      signed.headers[name] ?? '',
    ]),
  )
}

function credentialsOf(token: SecretFields) {
  return withoutUndefined({
    accessKeyId: neededField(token, 'accessKeyId').reveal(),
    secretAccessKey: neededField(token, 'secretAccessKey').reveal(),
    sessionToken: token.sessionToken?.reveal(),
  })
}

function headersToSign(
  headers: OutgoingRequest['headers'],
  host: string,
  payload: SigV4Rules['payload'],
): Record<string, string> {
  const signed: Record<string, string> = { host }
  for (const name in headers) {
    const value = headers[name] ?? ''
    const lowerCase = name.toLowerCase()
    if (lowerCase !== UNSIGNED && !NOT_ASCII.test(value)) signed[lowerCase] = value
  }
  if (payload === 'unsigned') signed['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'
  return signed
}

/** Parameters by name, decoded; the signer encodes them again and sorts them. */
function queryOf(search: string): Record<string, string | string[]> {
  const query = Object.create(null) as Record<string, string | string[]>
  if (search === '') return query
  for (const pair of search.slice(1).split('&')) {
    const equals = pair.indexOf('=')
    const name = decodeParameter(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decodeParameter(pair.slice(equals + 1))
    // The signer keeps parameters in an object, where this name is none.
    if (name === '__proto__') throw unsignable('has a parameter called __proto__')
    const before = query[name]
    if (before === undefined) query[name] = value
    else if (typeof before === 'string') query[name] = [before, value]
    else before.push(value)
  }
  return query
}

function decodeParameter(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw unsignable('holds a percent-encoded byte that is no UTF-8')
  }
}

function unsignable(why: string) {
  return createFailure(
    'InvalidInput',
    `The query of this request ${why}: AWS Signature Version 4 can't sign that; change the input.`,
  )
}

type SourceData = string | ArrayBuffer | ArrayBufferView

/** SHA-256, or HMAC-SHA-256 where there is a secret: what @smithy/signature-v4 computes with. */
export class NodeSha256 {
  readonly digestLength = 32
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>

  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret))
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk)
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }

  /** The signer makes a new one for each digest. */
  reset(): never {
    throw new TypeError('NodeSha256 is used once')
  }
}

function toBytes(data: SourceData): string | Uint8Array {
  if (typeof data === 'string') return data
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}
