import { createFailure } from '../../contract/failure.js'
import type { OutgoingRequest } from '../kind/auth-kind.js'
import { type EncodedParameter, hasFormBody } from '../kind/form-parameters.js'
import { withHeader } from '../kind/put-on-request.js'

/** What the protocol puts on a request (RFC 5849 section 3.1). */
export const OAUTH1_NAMES = [
  'oauth_body_hash',
  'oauth_consumer_key',
  'oauth_nonce',
  'oauth_signature',
  'oauth_signature_method',
  'oauth_timestamp',
  'oauth_token',
  'oauth_version',
] as const

/**
 * Puts the parameters of the protocol onto a request, in place of those that were there
 * (section 3.5).
 * @throws ApplicationFailure `InvalidInput` where the body can't take them or the realm is not clean
 */
export function placeOAuth1(
  request: OutgoingRequest,
  location: 'header' | 'query' | 'body',
  parameters: readonly EncodedParameter[],
  realm?: string,
): OutgoingRequest {
  switch (location) {
    case 'header':
      return parameters.length === 0 ? request : inHeader(request, parameters, realm)
    case 'query': {
      const url = new URL(request.url)
      url.search = withParameters(url.search.slice(1), parameters)
      return { ...request, url }
    }
    case 'body': {
      const isForm = hasFormBody(request) && request.method !== 'GET'
      if (!isForm) throw noForm()
      return { ...request, body: withParameters(request.body ?? '', parameters) }
    }
  }
}

function inHeader(
  request: OutgoingRequest,
  parameters: readonly EncodedParameter[],
  realm: string | undefined,
): OutgoingRequest {
  if (realm !== undefined && /["\\]/.test(realm))
    throw createFailure(
      'InvalidInput',
      'The realm of this connection holds " or \\, which no header can carry.',
    )
  const written = parameters.map(([name, value]) => `${name}="${value}"`)
  const all = realm === undefined ? written : [`realm="${realm}"`, ...written]
  return withHeader(request, 'authorization', `OAuth ${all.join(', ')}`)
}

/** What was there keeps its spelling. */
function withParameters(text: string, parameters: readonly EncodedParameter[]): string {
  const kept = text.split('&').filter((pair) => pair !== '' && !isOAuth1(pair))
  return [...kept, ...parameters.map(([name, value]) => `${name}=${value}`)].join('&')
}

function isOAuth1(pair: string): boolean {
  return OAUTH1_NAMES.some((name) => pair.startsWith(`${name}=`) || pair === name)
}

function noForm() {
  return createFailure(
    'InvalidInput',
    `The connector signs in the form body (oauth1({ in: 'body' })), but this request has none: send application/x-www-form-urlencoded, or place the signature with in: 'header'.`,
  )
}
