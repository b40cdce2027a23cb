import { createFailure } from '../../contract/failure.js'
import { expandTemplate } from '../../definition/variables.js'
import type { MintContext, MintRefused } from '../kind/auth-kind.js'
import type { OAuth2Definition } from './oauth2-options.js'
import { isHostName, isLoopback } from '../../definition/hosts.js'
import { isRecord } from '../../contract/plain-data.js'
import { faultAdvice } from '../../wire/network-faults.js'
import type { Exchange } from '../kind/exchange.js'
import { parseJsonText } from './parse-token-answer.js'
import { askedWaitMs } from '../../definition/asked-wait.js'

/** Where a provider is asked, with variables filled in. */
export interface Endpoints {
  readonly outcome: 'found'
  readonly tokenUrl: string
  readonly authorizationUrl?: string | undefined
  readonly introspectionUrl?: string | undefined
  readonly revocationUrl?: string | undefined
  readonly issuer?: string | undefined
  /** The provider promises `iss` in every authorization answer (RFC 9207 section 3). */
  readonly promisesIssuer: boolean
}

export type EndpointContext = Pick<
  MintContext,
  'account' | 'variables' | 'rules' | 'exchangeOnce' | 'providers' | 'now'
> & {
  readonly auth: Pick<
    OAuth2Definition,
    'tokenUrl' | 'issuer' | 'introspectionUrl' | 'revocationUrl'
  > & { readonly authorizationUrl?: string | undefined }
}

const ENDPOINT_NAMES = [
  'tokenUrl',
  'authorizationUrl',
  'introspectionUrl',
  'revocationUrl',
] as const

/**
 * The endpoints of a definition, or those that its issuer names where it has no `tokenUrl`.
 * @throws ApplicationFailure `InvalidConnection`
 */
export async function findEndpoints(context: EndpointContext): Promise<Endpoints | MintRefused> {
  const { auth } = context
  const own: Partial<Record<(typeof ENDPOINT_NAMES)[number], string>> = {}
  for (const name of ENDPOINT_NAMES) {
    const template = auth[name]
    if (template !== undefined) own[name] = urlOf(context, name, template)
  }
  const issuer = auth.issuer === undefined ? undefined : urlOf(context, 'issuer', auth.issuer)
  const { tokenUrl } = own
  if (tokenUrl !== undefined)
    return { outcome: 'found', promisesIssuer: false, ...own, tokenUrl, issuer }
  // The schema asks for one of the two.
  if (issuer === undefined) throw new TypeError('the definition has neither tokenUrl nor issuer')
  return await fromMetadata(context, issuer, own)
}

async function fromMetadata(
  context: EndpointContext,
  issuer: string,
  own: Partial<Record<(typeof ENDPOINT_NAMES)[number], string>>,
): Promise<Endpoints | MintRefused> {
  const discovery = await discover(issuer, context)
  if (discovery.outcome === 'refused') return discovery
  const { metadata } = discovery
  const tokenUrl = endpointOf(metadata.token_endpoint, issuer)
  if (tokenUrl === undefined)
    return {
      outcome: 'refused',
      class: 'misconfigured',
      code: 'no_token_endpoint',
      message: `the metadata of ${new URL(issuer).host} names no token endpoint that a credential may go to (https): nothing was sent.`,
    }
  const found = {
    authorizationUrl: endpointOf(metadata.authorization_endpoint, issuer),
    introspectionUrl: endpointOf(metadata.introspection_endpoint, issuer),
    revocationUrl: endpointOf(metadata.revocation_endpoint, issuer),
  }
  const promisesIssuer = metadata.authorization_response_iss_parameter_supported === true
  return { outcome: 'found', issuer, promisesIssuer, ...found, ...own, tokenUrl }
}

/**
 * A URL of the definition with its variables filled in.
 * @throws ApplicationFailure `InvalidConnection`
 */
export function urlOf(
  { account, variables, rules }: Pick<MintContext, 'account' | 'variables' | 'rules'>,
  name: string,
  template: string,
): string {
  const url = expandTemplate(template, variables, rules)
  if (url !== undefined) return url
  throw createFailure(
    'InvalidConnection',
    `The account ${account} or a variable of its connector can not stand in the ${name}: an account must be letters, digits and hyphens, a variable what its rule says. Connect it again with one that can.`,
  )
}

/** What a provider's metadata says (RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3). */
interface ProviderMetadata {
  readonly token_endpoint?: unknown
  readonly authorization_endpoint?: unknown
  readonly introspection_endpoint?: unknown
  readonly revocation_endpoint?: unknown
  readonly authorization_response_iss_parameter_supported?: unknown
}

type Discovery = { readonly outcome: 'found'; readonly metadata: ProviderMetadata } | MintRefused

/** Several requests have to fit into one try of an activity. */
const DISCOVERY_TIMEOUT_MS = 5000

/**
 * Fetches the metadata of an issuer: RFC 8414's place first, OpenID's where there is none. Its `issuer`
 * must be the very text that was asked for (RFC 8414 section 3.3), or else it is refused.
 */
async function discover(
  issuer: string,
  context: Pick<MintContext, 'exchangeOnce' | 'providers' | 'now'>,
): Promise<Discovery> {
  const known = context.providers?.metadataOf(issuer, context.now())
  if (known !== undefined) return { outcome: 'found', metadata: known }
  let last: Exchange | undefined
  for (const url of wellKnownUrls(issuer)) {
    const headers = { accept: 'application/json' }
    last = await context.exchangeOnce({
      method: 'GET',
      url,
      headers,
      timeoutMs: DISCOVERY_TIMEOUT_MS,
    })
    const metadata = parseMetadata(last)
    if (metadata === undefined && isMissing(last)) continue
    if (metadata === undefined) break
    if (metadata.issuer !== issuer) return metadataRefused(issuer, 'issuer_mismatch', MISMATCH)
    context.providers?.keepMetadata(issuer, metadata, context.now())
    return { outcome: 'found', metadata }
  }
  return last === undefined || isMissing(last) || last.status === 200
    ? metadataRefused(
        issuer,
        'no_metadata',
        'has no metadata at its well-known places: look at the issuer.',
      )
    : unavailable(issuer, last)
}

const MISMATCH =
  'gave the metadata of another issuer, which is refused: write the issuer exactly as the provider does, with or without a slash at its end.'

/** RFC 8414 section 3.1, OpenID Connect Discovery 1.0 section 4.1. */
function wellKnownUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]
}

/** A page or a redirect to one is no metadata either. */
function isMissing({ fault, status = 0 }: Exchange): boolean {
  return fault === undefined && status !== 408 && status !== 429 && status < 500
}

function parseMetadata({
  fault,
  status,
  text,
}: Exchange): (ProviderMetadata & { issuer?: unknown }) | undefined {
  if (fault !== undefined || status !== 200) return undefined
  const parsed = parseJsonText(text)
  return isRecord(parsed) ? parsed : undefined
}

function metadataRefused(issuer: string, code: string, problem: string): MintRefused {
  const message = `${new URL(issuer).host} ${problem} No token was asked for.`
  return { outcome: 'refused', class: 'misconfigured', code, message }
}

function unavailable(issuer: string, exchange: Exchange): MintRefused {
  const code = exchange.fault ?? `http_${exchange.status ?? 0}`
  const wait = askedWaitMs({ ...exchange, nowMs: exchange.answeredAtMs })
  const known = faultAdvice(code)
  const advice = known === undefined ? '' : `${known}; `
  return {
    outcome: 'refused',
    // Nothing that could use up a grant was sent.
    class: wait === undefined ? 'not_sent' : 'throttled',
    code,
    message: `the metadata of ${new URL(issuer).host} could not be read (${code}); ${advice}no token was asked for.`,
    retryAfterMs: wait,
  }
}

/** A URL of the metadata that credentials may go to: https, or loopback where the issuer is so. */
function endpointOf(value: unknown, issuer: string): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined
  const { protocol, hostname, username, password, hash } = new URL(value)
  if (username !== '' || password !== '' || hash !== '' || !isHostName(hostname)) return undefined
  const { protocol: issuedBy, hostname: issuerHost } = new URL(issuer)
  const local = issuedBy === 'http:' && isLoopback(issuerHost) && isLoopback(hostname)
  return protocol === 'https:' || (protocol === 'http:' && local) ? value : undefined
}
