import * as z from 'zod'
import { createFailure } from '../contract/failure.js'
import { expandTemplate } from '../definition/variables.js'
import { Secret } from '../sealing/secret.js'
import type { AuthKind, OutgoingRequest, SigningContext, WebUrl } from './kind/auth-kind.js'
import { SIGV4_HEADERS, sigV4Headers } from './aws/sign-request.js'
import { checkHeaderValue, isHeaderValue } from './kind/header-value.js'
import { mintStatic } from './kind/static-token.js'
import { percentEncodeAnew } from './kind/form-parameters.js'

/**
 * Credential fields `accessKeyId`, `secretAccessKey` and, of a session, `sessionToken`; as one text:
 * `accessKeyId:secretAccessKey` or `accessKeyId:secretAccessKey:sessionToken`.
 */
export interface AwsSigV4Auth {
  readonly kind: 'aws-sigv4'
  /** The name that is signed: `execute-api`, `s3`, `sts`, `es` (docs.aws.amazon.com/general/latest/gr/aws-service-information.html). */
  readonly service: string
  /** `eu-central-1`; may hold `{account}` and the connector's variables. */
  readonly region: string
  /** `s3`: the path is encoded once and not normalised. Others are encoded twice. */
  readonly rules: 'standard' | 's3'
  /**
   * `signed`: the hash of the body goes into the signature. `declared`: it is sent as
   * `x-amz-content-sha256` too (S3, Glacier). `unsigned`: `UNSIGNED-PAYLOAD` in its place (VPC Lattice;
   * S3 over TLS).
   */
  readonly payload: 'signed' | 'declared' | 'unsigned'
}

export type AwsSigV4Options = Pick<AwsSigV4Auth, 'service' | 'region'> & {
  /** Default by the service: `s3` for `s3` and its kin (`s3express`, `s3-outposts`, `s3-object-lambda`). */
  readonly rules?: AwsSigV4Auth['rules'] | undefined
  /** Default: `declared` with the rules of S3, else `signed`. */
  readonly payload?: AwsSigV4Auth['payload'] | undefined
}

const S3_AND_KIN = new Set(['s3', 's3express', 's3-outposts', 's3-object-lambda'])
const CREDENTIAL_SCOPE = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/

/** AWS Signature Version 4, anew for each attempt: `awsSigV4({ service: 'execute-api', region: 'eu-central-1' })`. */
export function awsSigV4(options: AwsSigV4Options): AwsSigV4Auth {
  const rules = options.rules ?? (S3_AND_KIN.has(options.service) ? 's3' : 'standard')
  const payload = options.payload ?? (rules === 's3' ? 'declared' : 'signed')
  return { kind: 'aws-sigv4', service: options.service, region: options.region, rules, payload }
}

const awsSigV4Schema = z
  .strictObject({
    kind: z.literal('aws-sigv4'),
    service: z.string().regex(CREDENTIAL_SCOPE, {
      message: `must be the signing name of a service: letters, digits and - as in 'execute-api'`,
    }),
    region: z.string().regex(/^(?:[A-Za-z0-9-]|\{[A-Za-z_]\w*\}){1,100}$/, {
      message: `must be a region: letters, digits and -, and {names} of variables`,
    }),
    rules: z.enum(['standard', 's3']),
    payload: z.enum(['signed', 'declared', 'unsigned']),
  })
  .refine((auth) => auth.rules === 'standard' || auth.payload !== 'signed', {
    path: ['payload'],
    message: `must be 'declared' or 'unsigned' with the rules of S3, which wants x-amz-content-sha256`,
  })

export const awsSigV4Kind: AuthKind<AwsSigV4Auth> = {
  kind: 'aws-sigv4',
  madeBy: 'awsSigV4()',
  schema: awsSigV4Schema,
  examples: {
    '': `auth: awsSigV4({ service: 'execute-api', region: 'eu-central-1' })`,
    service: `awsSigV4({ service: 'execute-api', region: 'eu-central-1' })`,
    region: `variables: { region: { from: 'credential', form: 'label' } }, auth: awsSigV4({ service: 's3', region: '{region}' })`,
    rules: `awsSigV4({ service: 'my-storage', region: 'auto', rules: 's3' })`,
    payload: `awsSigV4({ service: 's3', region: 'eu-central-1', payload: 'unsigned' })`,
  },
  fields: () => ['accessKeyId', 'secretAccessKey', 'sessionToken'],
  plainFields: () => ['accessKeyId'],
  askedFields: () => ({ needed: ['accessKeyId', 'secretAccessKey'], optional: ['sessionToken'] }),
  fieldsOfText: (text) => {
    const [accessKeyId = '', secretAccessKey, ...rest] = text.reveal().split(':')
    const fields: Record<string, Secret> = { accessKeyId: new Secret(accessKeyId) }
    if (secretAccessKey !== undefined) fields.secretAccessKey = new Secret(secretAccessKey)
    if (rest.length > 0) fields.sessionToken = new Secret(rest.join(':'))
    return fields
  },
  checkFields: ({ accessKeyId, secretAccessKey, sessionToken }) => {
    if (accessKeyId === undefined || secretAccessKey === undefined)
      return `it lacks ${accessKeyId === undefined ? 'accessKeyId' : 'secretAccessKey'}: give both fields, or one text accessKeyId:secretAccessKey`
    // Others end it in the Authorization header.
    if (!/^[!-+.\-0-~]+$/.test(accessKeyId.reveal()))
      return 'accessKeyId holds a space, a comma, a slash or what is not printable ASCII'
    return sessionToken === undefined || isHeaderValue(sessionToken.reveal())
      ? undefined
      : 'sessionToken holds a line break, a control character or one outside latin-1'
  },
  refreshes: () => false,
  consumesGrant: () => false,
  templates: ({ region }) => ({ region }),
  carriers: () => ({ headers: SIGV4_HEADERS }),
  signsTime: () => true,
  mint: mintStatic,
  authorize: async (request, token, auth, signing) => {
    const url = strictUrl(request.url, auth.rules)
    const bare = { ...request, url, headers: withoutOwn(request.headers) }
    const rules = { ...auth, region: regionOf(auth, signing) }
    const own = await sigV4Headers(bare, token, rules, signing.now())
    for (const [name, value] of Object.entries(own))
      bare.headers[name] = checkHeaderValue(name, value)
    return bare
  },
}

function withoutOwn(headers: OutgoingRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !SIGV4_HEADERS.some((own) => own === name.toLowerCase()),
    ),
  )
}

function regionOf({ region }: AwsSigV4Auth, { variables = {}, rules }: SigningContext): string {
  if (!region.includes('{')) return region
  const expanded = expandTemplate(region, variables, rules)
  // A segment of a path may be longer and hold more than a part of the scope.
  if (expanded !== undefined && CREDENTIAL_SCOPE.test(expanded)) return expanded
  throw createFailure(
    'InvalidConnection',
    'The region of the connector holds a {name} that this connection has no value for, or one that is no region: connect it again with one.',
  )
}

const STRICT_PATH = /^(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})*$/
/** Escapes of what needs none (`%41`, `%7e`), which would be written otherwise. */
const NEEDLESS_ESCAPE = /%(?:3[0-9]|4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A]|2D|2E|5F|7E)/
const BYTES = '(?:[A-Za-z0-9\\-._~]|%[0-9A-F]{2})*'
const PAIR = `(?=[^&])${BYTES}(?:=${BYTES})?`
const STRICT_QUERY = new RegExp(`^(?:${PAIR}(?:&${PAIR})*)?$`)

/**
 * A URL whose path and query are percent-encoded as AWS encodes them when it checks a signature:
 * all but the unreserved, in upper-case hex, a space as `%20`. What is sent and what is signed can
 * then not differ by spelling. The order of parameters stays.
 */
function strictUrl(url: WebUrl, rules: 'standard' | 's3'): WebUrl {
  const { pathname, search } = url
  const query = search.slice(1)
  const encoded = isStrict(pathname, STRICT_PATH) ? pathname : encodePath(pathname)
  const strictPath = rules === 's3' ? withSlashes(encoded) : encoded
  const strictQuery = isStrict(query, STRICT_QUERY) ? query : encodeQuery(query)
  if (strictPath === pathname && strictQuery === query) return url
  const strict = new URL(url)
  strict.pathname = strictPath
  strict.search = strictQuery
  return strict
}

function isStrict(text: string, form: RegExp): boolean {
  return form.test(text) && !NEEDLESS_ESCAPE.test(text)
}

function encodePath(path: string): string {
  return path.split('/').map(percentEncodeAnew).join('/')
}

/**
 * The key of an object is one text to S3: it reads `%2F` as a slash, and signs it as one. Not where
 * that would make `.` or `..` of a part, which a URL resolves: the path could leave its endpoint.
 */
function withSlashes(path: string): string {
  if (!path.includes('%2F')) return path
  const slashed = path.replaceAll('%2F', '/')
  return slashed.split('/').some((part) => part === '.' || part === '..') ? path : slashed
}

function encodeQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.replaceAll('+', '%20').split('=')
      const encoded = percentEncodeAnew(name)
      return value.length === 0 ? encoded : `${encoded}=${percentEncodeAnew(value.join('='))}`
    })
    .join('&')
}
