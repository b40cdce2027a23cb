import axios from 'axios'
import { Agent as HttpAgent } from 'node:http'
import { ClientCredentials } from 'simple-oauth2'
import { Agent, request } from 'undici'
import { authorizedFetch } from '../activities/fetch/authorized-fetch.js'
import { movePage, type PageInput } from './plain-loop.js'
import { forEach, timed } from './stage.js'

export type { PageInput } from './plain-loop.js'

export interface CallsInput {
  readonly by: 'tokenkeeper' | 'undici' | 'axios'
  readonly origin: string
  readonly count: number
  readonly atOnce: number
}

export interface BenchActivities {
  readonly calls: (input: CallsInput) => Promise<number>
  readonly movePage: (input: PageInput) => Promise<string | undefined>
}

/** Shared by all calls of the process, as tokenkeeper's own is. */
const dispatcher = new Agent()
const httpAgent = new HttpAgent({ keepAlive: true })

/** Makes the calls of one side after it has its credential; gives calls per second. */
async function calls({ by, origin, count, atOnce }: CallsInput): Promise<number> {
  const call = await CALLS[by](origin)
  await call()
  const took = await timed(() => forEach(Array.from({ length: count }), atOnce, call))
  return (count / took) * 1000
}

const CALLS: Record<CallsInput['by'], (origin: string) => Promise<() => Promise<void>>> = {
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
}

function check(answer: unknown): void {
  if ((answer as { readonly order?: unknown }).order === undefined) throw new Error('no order')
}

export const benchActivities: BenchActivities = { calls, movePage }
