import dns, { type LookupAddress } from 'node:dns'
import { writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import type { Connector } from '../../src/connectors/connector.js'
import type { failureOf as FailureOf } from '../activities/activity-bench.js'

/** What a worker behind a proxy is to do, in an environment of its own. */
export interface ProxiedJob {
  readonly name: string
  /** Its variables of proxies; all others of that kind are unset. */
  readonly env: Readonly<Record<string, string>>
  readonly task: 'me' | 'add' | 'moved' | 'mint' | 'discovered' | 'verify' | 'revoke'
  /** Of the API, the token endpoint and the issuer alike. */
  readonly origin: string
  readonly network?: Connector['network']
  readonly connectTimeoutMs?: number
}

export interface ProxiedOutcome {
  readonly result?: unknown
  readonly failure?: Awaited<ReturnType<typeof FailureOf>>
  /** Every name that was looked up here. */
  readonly looked: readonly string[]
}

// The names of the tests resolve nowhere, but for those that are inside.
const looked: string[] = []
const realLookup = dns.lookup.bind(dns) as (...all: unknown[]) => void
Object.assign(dns, {
  lookup: (host: string, options: unknown, callback: (...all: unknown[]) => void): void => {
    looked.push(host)
    if (host.startsWith('inside')) {
      const addresses: LookupAddress[] = [{ address: '10.1.2.3', family: 4 }]
      callback(null, addresses)
    } else if (host.endsWith('.example'))
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
    else realLookup(host, options, callback)
  },
})
syncBuiltinESMExports()

const { createActivityBench, failureOf, heartbeatClient } =
  await import('../activities/activity-bench.js')
const { setUpTokenActivities, RUN_ID } =
  await import('../activities/token/token-activities-setup.js')
const { createFirstEventClient } = await import('../activities/token/first-event-client.js')
const { createExchangeOnce } = await import('../../activities/network/exchange-once.js')
const { networkPolicy } = await import('../../activities/network/network-policy.js')
const { apiKey, clientCredentials, defineConnector, get, post, refreshToken, secret } =
  await import('../../src/connectors/index.js')

const CONNECTION = 'api/default'

async function run(job: ProxiedJob): Promise<unknown> {
  const { task, origin, network } = job
  const client = { clientId: 'app', clientSecret: secret('env:PROXIED_CLIENT_SECRET') }
  const base = { id: 'api', baseUrl: origin, network }
  const tokens = { ...client, tokenUrl: `${origin}/token` }
  if (task === 'me' || task === 'add' || task === 'moved') {
    const connector = defineConnector({
      ...base,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: { me: get('/me'), add: post('/orders'), moved: get('/moved') },
    })
    const bench = await createActivityBench([connector])
    const lease = await bench.lease(CONNECTION)
    const input = { connection: CONNECTION, endpoint: task, lease, input: {}, idempotencyKey: '' }
    return await bench.call(input, { client: heartbeatClient([]) })
  }
  const auth = {
    mint: () => clientCredentials(tokens),
    discovered: () => clientCredentials({ ...client, issuer: origin }),
    verify: () => apiKey({ in: 'header', name: 'X-Api-Key' }),
    revoke: () => refreshToken({ ...tokens, revocationUrl: `${origin}/revoke` }),
  }[task]()
  const connector = defineConnector({ ...base, auth, endpoints: { me: get('/me') }, verify: 'me' })
  const { connectTimeoutMs } = job
  const exchangeOnce =
    connectTimeoutMs === undefined
      ? {}
      : {
          exchangeOnce: createExchangeOnce({ network: networkPolicy(connector), connectTimeoutMs }),
        }
  const it = await setUpTokenActivities([connector], {
    client: createFirstEventClient(RUN_ID).client,
    ...exchangeOnce,
  })
  const connection = CONNECTION
  if (task === 'verify') {
    const token = await it.seal({ apiKey: 'canary-key' }, 'token', connection)
    return await it.run('tokenkeeper.verify', { connection, token })
  }
  const fields = task === 'revoke' ? { refreshToken: 'canary-refresh' } : {}
  const grant = await it.seal(fields, 'grant', connection)
  if (task === 'revoke') return await it.run('tokenkeeper.revoke', { connection, grant })
  const input = { connection, grant, attempt: 1, prior: 'clean' } as const
  return await it.run('tokenkeeper.mint', input)
}

const outcomes: Record<string, ProxiedOutcome> = {}
for (const job of JSON.parse(process.argv[2] ?? '[]') as ProxiedJob[]) {
  for (const name of Object.keys(process.env))
    if (/^(?:https?|no)_proxy$/i.test(name)) Reflect.deleteProperty(process.env, name)
  Object.assign(process.env, job.env)
  looked.length = 0
  const [end] = await Promise.allSettled([run(job)])
  const outcome =
    end.status === 'fulfilled'
      ? { result: end.value }
      : { failure: await failureOf(Promise.reject(end.reason as Error)) }
  outcomes[job.name] = { ...outcome, looked: [...looked] }
}
await writeFile(process.argv[3] ?? '', JSON.stringify(outcomes))
process.stdout.write('ready\n')
