import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineConnector, get, type LoginFlowAuth } from '../../src/connectors/index.js'
import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { businessOneFlow } from '../auth/login-flows.js'
import { startBusinessOne } from '../fixtures/login/business-one.js'
import { evidence, findLeaks, keepError } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const PASSWORD = 'canary-b1-password "é\\'
const NEXT = 'canary-b1-next-password'
const USER = { companyDb: 'SBODEMOUS', userName: 'manager' }
const CREDENTIAL = { company: USER.companyDb, user: USER.userName }

type Service = Awaited<ReturnType<typeof startBusinessOne>>

let stage: Stage
/** One service a connector: what they count is told apart. */
const services: Record<string, Service> = {}
const PING = { method: 'GET', url: '/CompanyService_GetCompanyInfo' } as const
const flows: Readonly<Record<string, Partial<LoginFlowAuth>>> = {
  plain: {},
  refused: {},
  // Short, so that the timer keeps it alive while the test looks on.
  kept: { lifetime: { ms: 3000 }, keepAlive: PING, refresh: { minRefreshGapMs: 100 } },
  single: { oneSessionPerUser: true },
}

beforeAll(async () => {
  for (const name of Object.keys(flows))
    services[name] = await startBusinessOne({ ...USER, password: PASSWORD })
  stage = await startStage({
    connectors: ({ run }) =>
      Object.entries(flows).map(([name, more]) => {
        const { baseUrl } = serviceOf(name)
        const unread = more.lifetime === undefined ? {} : { steps: stepsWithout(baseUrl) }
        return defineConnector({
          id: `b1-${name}-${run}`,
          baseUrl,
          auth: businessOneFlow(baseUrl, { ...more, ...unread }),
          verify: 'company',
          expired: { body: { path: 'error.code', equals: [301] } },
          endpoints: { company: get('/CompanyService_GetCompanyInfo'), orders: get('/Orders') },
        })
      }),
  })
})
afterAll(async () => {
  try {
    const canaries = [
      ['password', PASSWORD],
      ['next password', NEXT],
      ...Object.values(services).flatMap(({ everyId }) =>
        [...everyId].map((id) => ['session', id] as const),
      ),
    ] as const
    for (const name of Object.keys(flows)) {
      const handle = stage.client.workflow.getHandle(`token:${idOf(name)}:acme`)
      expect(findLeaks(historyToJSON(await handle.fetchHistory()), canaries), name).toEqual([])
      expect(serviceOf(name).problems).toEqual([])
    }
    expect(findLeaks(evidence(), canaries)).toEqual([])
  } finally {
    await stage.end()
    for (const service of Object.values(services)) await service.stop()
  }
})

function stepsWithout(baseUrl: string): LoginFlowAuth['steps'] {
  return businessOneFlow(baseUrl).steps.map(({ take: _minutes, ...step }) => step)
}

function serviceOf(name: string): Service {
  const service = services[name]
  if (service === undefined) throw new Error(`no service ${name}`)
  return service
}

function idOf(name: string): string {
  return `b1-${name}-${stage.run}`
}

const connect = (name: string, password = PASSWORD): Promise<unknown> =>
  stage.keeper.connect(idOf(name), 'acme', { ...CREDENTIAL, password })
const status = (name: string): Promise<ConnectionStatus> => stage.keeper.status(idOf(name), 'acme')

async function startCalls(name: string) {
  const { taskQueue } = stage
  const input = { connector: idOf(name), account: 'acme', taskQueue, endpoint: 'orders' }
  return await stage.client.workflow.start('callOnSignal', {
    taskQueue,
    workflowId: `calls-${name}-${stage.run}`,
    args: [input],
  })
}

describe('a flow that calls through a login flow', () => {
  it('goes on when the session dies in between: one new login, nothing fails', async () => {
    const service = serviceOf('plain')
    await connect('plain')
    const flow = await startCalls('plain')
    await flow.signal('call')
    await until(
      () => service.counters.calls,
      (calls) => calls === 1,
    )
    expect(service.counters.logins).toBe(1)
    service.timeOut()
    for (let call = 0; call < 3; call += 1) await flow.signal('call')
    await until(
      () => service.counters.calls,
      (calls) => calls === 4,
    )
    await flow.signal('end')
    expect(await flow.result()).toBe(4)
    expect(service.counters).toMatchObject({ logins: 2, refused: 0 })
    expect((await status('plain')).generation).toBe(2)
  })

  it('a refused password is tried once, whatever waits; the right one wakes the flow', async () => {
    const service = serviceOf('refused')
    const wrong = await connect('refused', 'canary-wrong').catch(keepError)
    expect(wrong).toMatchObject({ code: 'http_401' })
    expect(String(wrong)).toContain(`step 'login' of the login: 127.0.0.1:`)
    expect(service.counters).toMatchObject({ logins: 0, refused: 1 })
    await connect('refused')
    service.changePassword(NEXT)
    service.timeOut()
    const flow = await startCalls('refused')
    for (let call = 0; call < 3; call += 1) await flow.signal('call')
    const dead = await until(
      () => status('refused'),
      (now) => now.status === 'needs_reauth' && now.waiting > 0,
    )
    expect(dead).toMatchObject({ reason: 'revoked', failure: { code: 'http_401', count: 1 } })
    expect(dead.nextRefreshAtMs ?? 0).toBeLessThan(Date.now() + 1_800_000)
    // Further reports of the dead session change nothing.
    const handle = stage.client.workflow.getHandle(`token:${idOf('refused')}:acme`)
    for (let report = 0; report < 5; report += 1)
      await handle.signal('tokenkeeper.lease', {
        requestId: `reject-${String(report)}`,
        replyTo: '',
        minValidityMs: 60_000,
        rejected: { generation: dead.generation, status: 401 },
      })
    await stage.keeper.refresh(idOf('refused'), 'acme').catch(keepError)
    expect((await status('refused')).status).toBe('needs_reauth')
    expect(service.counters).toMatchObject({ logins: 1, refused: 2 })
    await connect('refused', NEXT)
    await until(
      () => service.counters.calls,
      (calls) => calls === 3,
    )
    await flow.signal('end')
    expect(await flow.result()).toBe(3)
    expect(service.counters).toMatchObject({ logins: 2, refused: 2 })
  })

  it('the timer keeps the session alive, and revoking logs out', async () => {
    const service = serviceOf('kept')
    await connect('kept')
    await until(
      () => status('kept'),
      (now) => now.generation >= 4,
    )
    expect(service.counters).toMatchObject({ logins: 1, rejected: 0 })
    service.timeOut()
    await until(
      () => service.counters.logins,
      (logins) => logins === 2,
    )
    await until(
      () => status('kept'),
      (now) => now.status === 'active',
    )
    expect(service.live()).toBe(1)
    await stage.keeper.revoke(idOf('kept'), 'acme')
    await until(
      () => service.live(),
      (live) => live === 0,
    )
    expect(service.counters).toMatchObject({ logins: 2, logouts: 1 })
  })

  it('one session per user: no login ahead of its end', async () => {
    await connect('single')
    const { expiresAtMs = 0, nextRefreshAtMs = 0 } = await status('single')
    // The hard moment: a minute before the end of half an hour.
    expect(expiresAtMs - nextRefreshAtMs).toBeLessThanOrEqual(60_001)
    expect(serviceOf('single').counters.logins).toBe(1)
  })
})
