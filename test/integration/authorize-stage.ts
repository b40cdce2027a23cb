import {
  authorizationCode,
  type Connector,
  defineConnector,
  get,
  secret,
} from '../../src/connectors/index.js'
import type { BeginAuthorizationOptions, BegunAuthorization } from '../../src/client/authorize.js'
import type { ConnectionStatus, StoryEvent } from '../../src/contract/token-status.js'
import { TokenkeeperError } from '../../src/client/errors/tokenkeeper-error.js'
import {
  type AuthorizationServer,
  REDIRECT_URI,
  startAuthorizationServer,
} from '../fixtures/authorization-server.js'
import { browseTo } from '../fixtures/fetch-refresh-token.js'
import { type MisbehavingProxy, startMisbehavingProxy } from '../fixtures/misbehaving-proxy.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { keepError } from './evidence.js'
import { asToken, type Stage, type StageOptions, startStage } from './stage.js'

/** A stage with an upstream whose accounts are authorised in a browser, by codes with PKCE. */
export interface AuthorizeStage extends Stage {
  /** Its token and revocation endpoints are behind `tokenProxy`. */
  readonly connector: string
  readonly people: AuthorizationServer
  readonly tokenProxy: MisbehavingProxy
  readonly begin: (
    account: string,
    more?: Partial<BeginAuthorizationOptions>,
  ) => Promise<BegunAuthorization>
  /** Opens the URL as a browser does, up to the redirect that comes back. */
  readonly browse: (begun: Pick<BegunAuthorization, 'url'>) => Promise<URL>
  readonly complete: (
    begun: Pick<BegunAuthorization, 'binding'>,
    callback: URL | string,
    more?: { readonly binding?: string | undefined; readonly redirectUri?: string },
  ) => Promise<ConnectionStatus>
  /** All of it. */
  readonly authorize: (
    account: string,
    more?: Partial<BeginAuthorizationOptions>,
  ) => Promise<ConnectionStatus>
  /** Why a command did not succeed. */
  readonly refusal: (command: Promise<unknown>) => Promise<TokenkeeperError>
  readonly events: (account: string) => Promise<readonly StoryEvent[]>
}

const SECRET = 'TEST_AUTHORIZE_SECRET'

export async function startAuthorizeStage(
  more: Pick<StageOptions, 'cachedWorkflows' | 'refresh' | 'maxLeaseAgeMs'> = {},
): Promise<AuthorizeStage> {
  const people = await startAuthorizationServer({ accessTokenSeconds: 3600 })
  const tokenProxy = await startMisbehavingProxy(people.origin)
  const upstream = await startUpstream(people)
  process.env[SECRET] = people.clients[0]?.clientSecret
  const stage = await startStage({
    ...more,
    connectors: ({ run }) => [
      connectorOf(`desk-${run}`, {
        people,
        tokenProxy,
        upstream,
        maxLeaseAgeMs: more.maxLeaseAgeMs,
      }),
    ],
  })
  const connector = `desk-${stage.run}`
  const { keeper, canaries, end: endStage } = stage
  let count = 0
  const begin: AuthorizeStage['begin'] = async (account, options = {}) => {
    const begun = await keeper.beginAuthorization(connector, account, {
      redirectUri: REDIRECT_URI,
      ...options,
    })
    count += 1
    // The second part of a state is the name of its connection, which is no secret.
    canaries.push([`state ${String(count)}`, begun.state.split('.', 1).join('')])
    canaries.push([`binding ${String(count)}`, begun.binding])
    return begun
  }
  const browse: AuthorizeStage['browse'] = async ({ url }) => {
    const callback = await browseTo(new URL(url), REDIRECT_URI)
    const code = callback.searchParams.get('code')
    if (code !== null) canaries.push([`code of ${callback.search.length}.${count}`, code])
    return callback
  }
  const complete: AuthorizeStage['complete'] = (begun, callback, changed = {}) =>
    keeper.completeAuthorization({
      callback,
      binding: begun.binding,
      redirectUri: REDIRECT_URI,
      ...changed,
    })
  return Object.assign(stage, {
    connector,
    people,
    tokenProxy,
    begin,
    browse,
    complete,
    authorize: async (account: string, options?: Partial<BeginAuthorizationOptions>) => {
      const begun = await begin(account, options)
      return await complete(begun, await browse(begun))
    },
    refusal: async (command: Promise<unknown>) => {
      const error: unknown = await command.then(() => undefined, keepError)
      if (error instanceof TokenkeeperError) return error
      throw new Error('it was expected to be refused', { cause: error })
    },
    events: (account: string) => keeper.story(connector, account),
    end: async () => {
      for (const [index, verifier] of people.codeVerifiers.entries())
        canaries.push([`verifier ${String(index)}`, verifier])
      canaries.push(...people.issued.map(asToken))
      await endStage()
      await Promise.all([upstream.stop(), tokenProxy.stop()])
      await people.stop()
    },
  })
}

function connectorOf(
  id: string,
  {
    people,
    tokenProxy,
    upstream,
    maxLeaseAgeMs,
  }: {
    readonly people: AuthorizationServer
    readonly tokenProxy: MisbehavingProxy
    readonly upstream: LoopbackServer
    readonly maxLeaseAgeMs: number | undefined
  },
): Connector {
  return defineConnector({
    id,
    baseUrl: upstream.origin,
    auth: authorizationCode({
      authorizationUrl: `${people.origin}/auth`,
      tokenUrl: `${tokenProxy.origin}/token`,
      revocationUrl: `${tokenProxy.origin}/token/revocation`,
      issuer: people.origin,
      clientId: people.clients[0]?.clientId ?? '',
      clientSecret: secret(`env:${SECRET}`),
      scope: 'openid offline_access orders',
      authorizationParameters: { prompt: 'consent' },
      rotation: 'rotating',
    }),
    verify: 'me',
    identity: { subject: 'user.id', name: 'user.name' },
    endpoints: { me: get('/me') },
    maxLeaseAgeMs,
  })
}

/** Tells whose account a token is of, as its authorization server says (RFC 7662). */
async function startUpstream(people: AuthorizationServer): Promise<LoopbackServer> {
  const client = people.clients[0]
  const basic = Buffer.from(`${client?.clientId ?? ''}:${client?.clientSecret ?? ''}`)
  return await startLoopbackServer(async (request, response) => {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const answer = await fetch(people.introspectionUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${basic.toString('base64')}` },
      body: new URLSearchParams({ token }),
    })
    const { active, sub } = (await answer.json()) as { active: boolean; sub?: string }
    if (active) sendJson(response, 200, { user: { id: sub, name: `Person ${sub ?? ''}` } })
    else sendJson(response, 401, { error: 'invalid_token' })
  })
}
