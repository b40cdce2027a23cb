import fc from 'fast-check'
import type { OutgoingRequest } from '../../../src/auth/kind/auth-kind.js'
import { awsSigV4Kind } from '../../../src/auth/aws-sigv4.js'
import { awsSigV4 } from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'

/** A request and a credential, as a connector and a flow could have made them. */
export interface RandomCase {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly service: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
  readonly nowMs: number
}

/** Text as people write it into a URL: encoded, half encoded, not at all. */
const odd = fc.string({
  unit: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...Array.from('abcXYZ019-._~')) },
    { weight: 4, arbitrary: fc.constantFrom(...Array.from(' !$\'()*+,;:@=|^`{}[]<>"%')) },
    { weight: 2, arbitrary: fc.constantFrom('%41', '%7e', '%2F', '%2f', '%20', '%25', '%C3%A9') },
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
  ),
  maxLength: 8,
})
const part = fc
  .oneof(odd, odd.map(encodeURIComponent))
  // What begins a query or a fragment, or divides paths, does so here too; `&` divides parameters.
  .map((text) => text.replaceAll(/[?#\\&\x00-\x1f]/g, '-'))
  // No UTF-8 once decoded: refused before it is signed, see aws-sigv4.test.ts.
  .filter((text) => {
    try {
      decodeURIComponent(text.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25'))
      return true
    } catch {
      return false
    }
  })

/** The first `=` of a pair would end it. */
const nameOf = part.map((text) => text.replaceAll('=', '-'))

const pathOf = fc.array(part, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)

/**
 * @param repeats whether a name may come more than once. aws4 and aws4fetch drop all values of a name
 * but the first with service `s3`, and every parameter without a name; AWS's page has neither rule.
 */
const queryOf = (repeats: boolean, nameless: boolean) =>
  fc.array(fc.tuple(nameOf, fc.option(part, { nil: undefined })), { maxLength: 5 }).map((pairs) => {
    const kept = pairs.filter(([name], index) => {
      const decoded = decodedName(name)
      if (decoded === '' && !nameless) return false
      // @smithy/signature-v4 leaves an older signature out; `__proto__` is refused.
      if (decoded === '__proto__' || decoded.toLowerCase() === 'x-amz-signature') return false
      return repeats || pairs.findIndex(([one]) => decodedName(one) === decoded) === index
    })
    const repeated = repeats && kept[0] !== undefined ? [...kept, kept[0]] : kept
    return repeated
      .map(([name, value]) => (value === undefined ? name : `${name}=${value}`))
      .join('&')
  })

function decodedName(name: string): string {
  return [...new URLSearchParams(`&${name}`).keys()][0] ?? ''
}

const headers = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      'if-match',
      'content-md5',
      'x-amz-acl',
      'X-Amz-Meta-Colour',
      'Accept',
      'My-Header',
    ),
    fc.stringMatching(/^x-[a-z0-9-]{1,12}$/),
  ),
  fc.stringMatching(/^[!-~](?:[ -~]{0,20}[!-~])?$/),
  { maxKeys: 5 },
)

const token = fc.stringMatching(/^[A-Za-z0-9+/=]{4,60}$/)

export function randomCase({
  s3,
  repeats = !s3,
  nameless = false,
}: {
  readonly s3: boolean
  readonly repeats?: boolean
  readonly nameless?: boolean
}): fc.Arbitrary<RandomCase> {
  return fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
    path: pathOf,
    query: queryOf(repeats, nameless),
    headers,
    body: fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }), { nil: undefined }),
    service: s3 ? fc.constant('s3') : fc.constantFrom('execute-api', 'sqs', 'es', 'service'),
    region: fc.constantFrom('us-east-1', 'eu-central-1', 'auto'),
    accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
    secretAccessKey: fc.stringMatching(/^[A-Za-z0-9+/]{20,40}$/),
    sessionToken: fc.option(token, { nil: undefined }),
    nowMs: fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2099, 11, 31) }),
  })
}

export function urlOf({ path, query }: RandomCase, origin: string): URL {
  // An empty fragment keeps spaces at the end from being trimmed.
  return new URL(`${origin}${path}${query === '' ? '' : `?${query}`}#`)
}

/** The request as tokenkeeper signs it. */
export async function signedByUs(
  one: RandomCase,
  origin: string,
  payload?: 'unsigned',
): Promise<OutgoingRequest> {
  const { accessKeyId, secretAccessKey, sessionToken, service, region } = one
  const auth = awsSigV4({ service, region, payload })
  const fields = {
    accessKeyId: new Secret(accessKeyId),
    secretAccessKey: new Secret(secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: new Secret(sessionToken) }),
  }
  const request = {
    method: one.method,
    url: urlOf(one, origin),
    headers: {
      ...one.headers,
      ...(one.body === undefined ? {} : { 'content-type': 'text/plain' }),
      'user-agent': 'tokenkeeper',
      'accept-encoding': 'gzip',
    },
    body: one.body,
  }
  return await awsSigV4Kind.authorize(request, fields, auth, {
    now: () => one.nowMs,
    randomBytes: () => new Uint8Array(),
    resolve: () => Promise.reject(new Error('nothing to resolve')),
  })
}

/** The headers that a signature says it covers, but `host`, which each signer adds. */
export function signedHeaders({ headers: sent }: OutgoingRequest): Record<string, string> {
  const names = /SignedHeaders=([^,]+)/.exec(sent['authorization'] ?? '')?.[1]?.split(';') ?? []
  return Object.fromEntries(
    Object.entries(sent).filter(([name]) => names.includes(name.toLowerCase())),
  )
}
