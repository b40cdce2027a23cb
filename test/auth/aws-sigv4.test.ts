import { describe, expect, test } from 'vitest'
import { awsSigV4Kind } from '../../src/auth/aws-sigv4.js'
import type { SigningContext } from '../../src/auth/kind/auth-kind.js'
import { awsSigV4, defineConnector, get } from '../../src/connectors/index.js'
import type { AwsSigV4Options } from '../../src/auth/aws-sigv4.js'
import type { VariableRules } from '../../src/definition/variables.js'
import { failureCode } from '../../src/contract/failure.js'
import { Secret } from '../../src/sealing/secret.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'
import { sigV4Refusal } from './aws-sigv4/verify-sigv4.js'

const CREDENTIAL = {
  accessKeyId: 'canary-AKIDEXAMPLE',
  secretAccessKey: 'canary-wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
const SESSION = { ...CREDENTIAL, sessionToken: 'canary-session:AQoDYXdzEPT//////////wEXAMPLE==' }

async function sigV4Case(
  options: AwsSigV4Options,
  fields: typeof CREDENTIAL | typeof SESSION,
): Promise<AuthKindCase> {
  const { service, region } = options
  const account = { ...fields, service, region, s3: service === 's3' }
  const upstream = await startUpstream(({ method = '', url = '', headers }) => {
    const received = { method, target: url, headers, body: '' }
    return sigV4Refusal(received, account, Date.now()) === undefined
  })
  return {
    auth: awsSigV4(options),
    ...upstream,
    text: Object.values(fields).join(':'),
    fields,
    bad: [
      'canary-alone',
      '{"accessKeyId":"canary"}',
      '{"accessKeyId":"canary a","secretAccessKey":"canary"}',
      '{"accessKeyId":"canary/a","secretAccessKey":"canary"}',
      '{"accessKeyId":"canary","secretAccessKey":"canary","sessionToken":"canary\\r\\nx: y"}',
    ],
    canaries: [],
  }
}

const REGION = 'eu-central-1'
testAuthKind('aws-sigv4', () => sigV4Case({ service: 'execute-api', region: REGION }, CREDENTIAL))
testAuthKind('aws-sigv4', () => sigV4Case({ service: 's3', region: REGION }, SESSION))
testAuthKind('aws-sigv4', () =>
  sigV4Case({ service: 's3', region: REGION, payload: 'unsigned' }, CREDENTIAL),
)

async function sign(
  options: AwsSigV4Options,
  url: string,
  more: Partial<SigningContext> & { readonly headers?: Record<string, string> } = {},
) {
  const { headers = {}, ...context } = more
  const token = {
    accessKeyId: new Secret('AKID'),
    secretAccessKey: new Secret(CREDENTIAL.secretAccessKey),
  }
  const request = { method: 'GET', url: new URL(url), headers }
  return await awsSigV4Kind.authorize(request, token, awsSigV4(options), {
    now: () => Date.UTC(2026, 0, 15, 12),
    randomBytes: () => new Uint8Array(),
    resolve: () => Promise.reject(new Error('nothing to resolve')),
    ...context,
  })
}

describe('what is sent is what is signed', () => {
  test.each<[AwsSigV4Options['service'], string, string]>([
    [
      's3',
      '/photos/a%20b+c(1).jpg?list-type=2&prefix=a+b&acl',
      '/photos/a%20b%2Bc%281%29.jpg?list-type=2&prefix=a%20b&acl',
    ],
    ['s3', '/photos%2F2026%2f1.jpg', '/photos/2026/1.jpg'],
    ['s3', '/public/a%2F..%2F..%2Fprivate', '/public/a%2F..%2F..%2Fprivate'],
    ['es', '/a%2Fb//%7euser/100%?q=x:y*&&q=%c3%a9', '/a%2Fb//~user/100%25?q=x%3Ay%2A&q=%C3%A9'],
    ['es', '/plain/path?a=1&b=', '/plain/path?a=1&b='],
  ])('%s: %s goes out as %s', async (service, before, after) => {
    const { url } = await sign({ service, region: REGION }, `https://api.example${before}`)
    expect(`${url.pathname}${url.search}`).toBe(after)
  })

  test('a port is part of the host that is signed, and no host header is set', async () => {
    const { headers } = await sign({ service: 'es', region: REGION }, 'https://api.example:8443/')
    expect(headers['authorization']).toContain('SignedHeaders=host;x-amz-date,')
    expect(headers).not.toHaveProperty('host')
    const other = await sign({ service: 'es', region: REGION }, 'https://api.example/')
    expect(headers['authorization']).not.toBe(other.headers['authorization'])
  })

  test('headers that proxies write anew, or that are no ASCII, are sent unsigned', async () => {
    const headers = { 'accept-encoding': 'gzip', 'x-note': 'grün', 'x-other': 'a' }
    const ready = await sign({ service: 'es', region: REGION }, 'https://api.example/', { headers })
    expect(ready.headers).toMatchObject(headers)
    expect(ready.headers['authorization']).toContain('SignedHeaders=host;x-amz-date;x-other,')
  })

  test.each(['/?a=%FF', '/?__proto__=1'])(
    '%s is refused, as it could not be signed',
    async (target) => {
      const failed = sign({ service: 'es', region: REGION }, `https://api.example${target}`)
      const error: unknown = await failed.catch((reason: unknown) => reason)
      expect(failureCode(error)).toBe('InvalidInput')
    },
  )
})

describe('the region', () => {
  const rules: VariableRules = { region: { from: 'credential', form: 'label' } }
  const options = { service: 'es', region: '{region}' }

  test('may be a variable of the connector', async () => {
    const variables = { account: 'acme', region: 'eu-west-3' }
    const ready = await sign(options, 'https://api.example/', { variables, rules })
    expect(ready.headers['authorization']).toContain('/20260115/eu-west-3/es/aws4_request')
  })

  test.each([{}, { region: 'eu/west' }, { region: 'a.b.example' }])(
    'without a value, or with one that is no region, nothing is signed: %j',
    async (variables) => {
      const failed = sign(options, 'https://api.example/', { variables, rules })
      const error: unknown = await failed.catch((reason: unknown) => reason)
      expect(failureCode(error)).toBe('InvalidConnection')
    },
  )
})

describe('definitions that contradict themselves are refused while they load', () => {
  test.each<[string, AwsSigV4Options, RegExp]>([
    ['no region', { service: 'es', region: '' }, /auth\.region must be a region/],
    [
      'a region that leaves the scope',
      { service: 'es', region: 'eu/x' },
      /auth\.region must be a region/,
    ],
    [
      'a variable that nobody knows',
      { service: 'es', region: '{zone}' },
      /auth\.region holds the placeholder \{zone\}/,
    ],
    ['no service', { service: 'a/b', region: REGION }, /auth\.service must be the signing name/],
    [
      'S3 without x-amz-content-sha256',
      { service: 's3', region: REGION, payload: 'signed' },
      /auth\.payload must be 'declared' or 'unsigned'/,
    ],
  ])('%s', (_name, options, problem) => {
    const define = () =>
      defineConnector({
        id: 'shop',
        baseUrl: 'https://shop.example',
        auth: awsSigV4(options),
        endpoints: { a: get('/a') },
      })
    expect(define).toThrow(problem)
    expect(define).toThrow(/right: .*awsSigV4\(\{ service: /)
  })
})
