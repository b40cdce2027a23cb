import { createFailure } from '../../contract/failure.js'
import { expandTemplate } from '../../definition/variables.js'
import type { MintContext, MintRefused } from '../kind/auth-kind.js'
import { discover, endpointOf } from './discover.js'
import type { OAuth2Definition } from './oauth2-options.js'

/** Where a provider is asked, with variables filled in. */
export interface Endpoints {
  readonly ok: true
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
  if (tokenUrl !== undefined) return { ok: true, promisesIssuer: false, ...own, tokenUrl, issuer }
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
  if (!discovery.ok) return discovery
  const { metadata } = discovery
  const tokenUrl = endpointOf(metadata.token_endpoint, issuer)
  if (tokenUrl === undefined)
    return {
      ok: false,
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
  return { ok: true, issuer, promisesIssuer, ...found, ...own, tokenUrl }
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
