import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { MISBEHAVIOURS as M, type Misbehaviour } from '../fixtures/misbehaving-proxy.js'
import { shopConnector } from '../fixtures/whole-path.js'
import { askForRefresh } from '../setup/ask-for-refresh.js'
import { type AuthorizeStage, startAuthorizeStage } from './authorize-stage.js'
import { until } from './until.js'

const REFRESH = { graceWindowMs: 0 }
/** Below a name that no rule of the first definition says. */
const WRAPPED: Misbehaviour = { kind: 'rewrite', rewrite: (body) => `{"data":${body}}` }

let stage: AuthorizeStage
beforeAll(async () => {
  stage = await startAuthorizeStage({ refresh: REFRESH, maxLeaseAgeMs: 1000, cachedWorkflows: 100 })
})
afterAll(() => stage.end())

const shop = (account = 'acme') => stage.keeper.status(stage.shopId, account)
const story = (account = 'acme') => stage.keeper.story(stage.shopId, account)
const desk = (account: string) => stage.keeper.status(stage.connector, account)

/** Ends the keeper, and starts one in another environment or whose shop is defined otherwise. */
async function restartWith(
  more: Parameters<typeof shopConnector>[4],
  environment: NodeJS.ProcessEnv = {},
): Promise<void> {
  await stage.worker.stop()
  Object.assign(process.env, environment)
  const { shopId, server, proxy } = stage
  const options = { refresh: REFRESH, maxLeaseAgeMs: 1000, ...more }
  const changed = shopConnector(shopId, stage.shop.origin, server, `${proxy.origin}/token`, options)
  const others = stage.connectors.filter(({ id }) => id !== shopId)
  stage.worker = await stage.startKeeper([changed, ...others])
}

async function newRefreshToken(): Promise<string> {
  const { refreshToken } = await fetchRefreshToken(stage.server)
  stage.canaries.push(['refresh token', refreshToken])
  return refreshToken
}

describe('an answer of a rotating provider that can not be read', () => {
  it('is kept, sealed: of a refresh, and of the first request with a new credential', async () => {
    await stage.connectShop()
    stage.proxy.always(WRAPPED)
    await askForRefresh(stage.client, stage.shopId, 'acme')
    const degraded = await until(shop, ({ keptAnswers }) => keptAnswers === 1)
    expect(degraded).toMatchObject({ status: 'degraded', generation: 1 })
    expect(degraded.warnings?.join()).toContain('is kept, sealed')
    expect(await story()).toContainEqual(expect.objectContaining({ event: 'answer_kept' }))
    const first = await stage.refusal(
      stage.keeper.connect(stage.shopId, 'first', { refreshToken: await newRefreshToken() }),
    )
    expect(first.message).toContain(`${stage.shopId}/first`)
    expect((await shop('first')).keptAnswers).toBe(1)
    expect(stage.server.counters).toMatchObject({ refreshed: 3, familiesRevoked: 0 })
  })

  it('is read by a mended definition when the keeper starts anew, and nothing is sent', async () => {
    const { requests } = stage.proxy.counters
    await restartWith({ answer: { at: 'data' } })
    const read = await until(shop, ({ generation }) => generation === 2)
    expect(read).toMatchObject({ status: 'active' })
    expect(read.keptAnswers).toBeUndefined()
    const first = await until(
      () => shop('first'),
      ({ status }) => status === 'active',
    )
    expect(first.keptAnswers).toBeUndefined()
    expect(stage.proxy.counters.requests).toBe(requests)
  })

  it('held the living grant: the next refresh works with it', async () => {
    for (const account of ['acme', 'first']) {
      const { generation } = await shop(account)
      await askForRefresh(stage.client, stage.shopId, account)
      const next = await until(
        () => shop(account),
        (now) => now.generation > generation,
      )
      expect(next).toMatchObject({ status: 'active', generation: generation + 1 })
    }
    expect(stage.server.counters.familiesRevoked).toBe(0)
    stage.proxy.always(M.pass)
  })
})

describe('a first connect says what failed, for which connection, and what to do', () => {
  it.each<[string, string, string, RegExp]>([
    ['no text', '', 'InvalidInput', /field refreshToken .* is empty: give/],
    ['spaces', '  ', 'InvalidInput', /refreshToken is empty, or holds nothing but spaces/],
    ['a line break alone', '\n', 'InvalidInput', /refreshToken is empty/],
    ['a wrong token', 'canary-wrong-token', 'invalid_grant', /it is wrong, .* Authorise/],
  ])('of %s', async (name, refreshToken, code, message) => {
    const account = name.replaceAll(' ', '-')
    const connect = stage.keeper.connect(stage.shopId, account, { refreshToken })
    const refused = await stage.refusal(connect)
    expect(refused.code).toBe(code)
    expect(refused.message).toContain(`${stage.shopId}/${account}`)
    expect(refused.message).toMatch(message)
    expect(refused.message).not.toContain('canary')
  })
})

describe('a client secret that changed at the provider', () => {
  /** The provider has another secret than the definition, and no token is left. */
  async function misconfigure(secret: string, failures: number): Promise<number> {
    stage.canaries.push(['changed client secret', secret])
    const { generation } = await shop()
    await stage.server.changeClientSecret('tokenkeeper', secret)
    await askForRefresh(stage.client, stage.shopId, 'acme')
    await until(shop, ({ status }) => status === 'degraded')
    await stage.client.workflow
      .getHandle(`token:${stage.shopId}:acme`)
      .signal('tokenkeeper.lease', {
        requestId: 'r',
        replyTo: '',
        minValidityMs: 0,
        rejected: { generation, status: 401 },
      })
    const broken = await until(
      shop,
      ({ status, failure }) => status === 'misconfigured' && (failure?.count ?? 0) >= failures,
    )
    expect(broken.failure?.code).toBe('invalid_client')
    return broken.nextRefreshAtMs ?? 0
  }

  it.each([
    // After five tries the pause is longer than a restart.
    ['the same reference with its new value', 'TEST_CLIENT_SECRET', 5],
    ['another reference', 'TEST_OTHER_CLIENT_SECRET', 3],
  ])('%s wakes the connection when the keeper starts anew', async (_, clientSecret, failures) => {
    const before = await shop()
    const changed = `canary-changed-${String(before.generation)}-${stage.run}`
    const nextTryAtMs = await misconfigure(changed, failures)
    await restartWith({ clientSecret }, { [clientSecret]: changed })
    const woken = await until(shop, ({ status }) => status === 'active')
    expect(woken.generation).toBe(before.generation + 1)
    expect(woken.failure).toBeUndefined()
    const refreshed = (await story()).filter(({ event }) => event === 'refreshed').at(-1)
    // On a busy machine the pause may be over first.
    if ((refreshed?.atMs ?? 0) < nextTryAtMs) expect(refreshed?.cause).toBe('definition changed')
  })
})

describe('a grant that nobody holds is revoked at the provider (RFC 7009)', () => {
  const issuedSince = (from: number) => stage.people.issued.slice(from)
  const living = async (tokens: readonly string[]): Promise<number> => {
    const { clientId, clientSecret } = stage.people.clients[0] ?? { clientId: '', clientSecret: '' }
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
    const told = tokens.map(async (token) => {
      const body = new URLSearchParams({ token })
      const request = { method: 'POST', headers: { authorization }, body }
      return (await (await fetch(stage.people.introspectionUrl, request)).json()) as {
        readonly active: boolean
      }
    })
    return (await Promise.all(told)).filter(({ active }) => active).length
  }

  it('the one that a re-authorization replaced, when the last lease of it has ended', async () => {
    await stage.authorize('again')
    const replaced = issuedSince(0)
    expect(await living(replaced)).toBe(2)
    expect((await stage.authorize('again')).generation).toBe(2)
    await until(
      () => living(replaced),
      (count) => count === 0,
    )
    // The provider answers, and then the connection notes it.
    await until(
      () => stage.events('again'),
      (events) => events.some(({ event }) => event === 'upstream_revoked'),
    )
    expect(stage.people.counters.revocations).toBe(1)
    await askForRefresh(stage.client, stage.connector, 'again')
    await until(
      () => desk('again'),
      ({ generation, status }) => generation === 3 && status === 'active',
    )
  })

  it('the one of another account that was refused, and the old one lives', async () => {
    const before = stage.people.issued.length
    stage.people.person.accountId = 'stranger'
    const refused = await stage.refusal(stage.authorize('again'))
    expect(refused.code).toBe('OtherAccount')
    const left = issuedSince(before)
    expect(left.length).toBeGreaterThanOrEqual(2)
    await until(
      () => living(left),
      (count) => count === 0,
    )
    await until(
      () => stage.people.counters.revocations,
      (count) => count === 2,
    )
    await askForRefresh(stage.client, stage.connector, 'again')
    const next = await until(
      () => desk('again'),
      ({ generation }) => generation === 4,
    )
    expect(next.status).toBe('active')
  })
})
