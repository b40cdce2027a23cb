import axios from 'axios'
import { Agent as HttpAgent } from 'node:http'
import {
  allowInsecureRequests,
  Configuration,
  fetchProtectedResource,
  None,
  refreshTokenGrant,
} from 'openid-client'
import { ClientCredentials } from 'simple-oauth2'
import { Agent, request } from 'undici'
import { authorizedFetch } from '../activities/fetch/authorized-fetch.js'
import { tokenInRedis } from './redis.js'

/** By what authorised calls are made. */
export type Caller = 'tokenkeeper' | 'undici' | 'axios' | 'redis' | 'fetch' | 'openid-client'

/** Shared by all calls of the process, as tokenkeeper's own is. */
const dispatcher = new Agent()
const httpAgent = new HttpAgent({ keepAlive: true })

/** Gets the credential, and gives what makes one call with it. */
export const CALLS: Record<Caller, (origin: string) => Promise<() => Promise<void>>> = {
  tokenkeeper: () => {
    const fetch = authorizedFetch('shop', 'bench')
    return Promise.resolve(async () => {
      const response = await fetch('/order')
      check(await response.json())
    })
  },
  undici: async (origin) => {
    const answer = await request(`${origin}/token`, { method: 'POST', body: '', dispatcher })
    const { access_token: token } = (await answer.body.json()) as { readonly access_token: string }
    return async () => {
      const { body } = await request(`${origin}/order`, {
        dispatcher,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      })
      check(await body.json())
    }
  },
  axios: async (origin) => {
    const client = new ClientCredentials({
      client: { id: 'bench', secret: 'bench' },
      auth: { tokenHost: origin, tokenPath: '/token' },
    })
    let token = await client.getToken({})
    return async () => {
      if (token.expired()) token = await client.getToken({})
      const { data } = await axios.get<unknown>(`${origin}/order`, {
        httpAgent,
        headers: { authorization: `Bearer ${String(token.token['access_token'])}` },
      })
      check(data)
    }
  },
  redis: async (origin) => {
    const token = await tokenInRedis((await plainToken(origin)).access_token)
    return async () => {
      const { body } = await request(`${origin}/order`, {
        dispatcher,
        headers: { authorization: `Bearer ${await token()}`, accept: 'application/json' },
      })
      check(await body.json())
    }
  },
  fetch: (origin) => {
    let kept: { readonly token: string; readonly untilMs: number } | undefined
    return Promise.resolve(async () => {
      if (kept === undefined || kept.untilMs <= Date.now()) {
        const { access_token: token, expires_in: seconds } = await plainToken(origin)
        kept = { token, untilMs: Date.now() + seconds * 1000 - 60_000 }
      }
      const response = await globalThis.fetch(`${origin}/order`, {
        headers: { authorization: `Bearer ${kept.token}`, accept: 'application/json' },
      })
      check(await response.json())
    })
  },
  'openid-client': async (origin) => {
    const server = { issuer: origin, token_endpoint: `${origin}/token` }
    const config = new Configuration(server, 'bench', undefined, None())
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- it is marked so that nobody uses it; this is loopback
    allowInsecureRequests(config)
    const tokens = await refreshTokenGrant(config, 'openid.3600')
    const url = new URL(`${origin}/order`)
    return async () => {
      const response = await fetchProtectedResource(config, tokens.access_token, url, 'GET')
      check(await response.json())
    }
  },
}

interface TokenAnswer {
  readonly access_token: string
  readonly expires_in: number
}

async function plainToken(origin: string): Promise<TokenAnswer> {
  const answer = await request(`${origin}/token`, { method: 'POST', body: '', dispatcher })
  return (await answer.body.json()) as TokenAnswer
}

function check(answer: unknown): void {
  if ((answer as { readonly order?: unknown }).order === undefined) throw new Error('no order')
}
