import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { type Misbehaviour, MISBEHAVIOURS as M } from '../fixtures/misbehaving-proxy.js'
import { askForRefresh } from '../setup/ask-for-refresh.js'
import { evidence, keepError } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

let stage: Stage
beforeAll(async () => {
  stage = await startStage({ accessTokenSeconds: 3600 })
})
afterAll(() => stage.end())

const status = (): Promise<ConnectionStatus> => stage.keeper.status(stage.shopId, 'acme')

/** A healthy connection, and then an operator's refresh that meets what is queued. */
async function refreshInto(...what: readonly Misbehaviour[]): Promise<ConnectionStatus> {
  await stage.connectShop()
  const before = await status()
  stage.proxy.next(...what)
  await askForRefresh(stage.client, stage.shopId, 'acme')
  return before
}

/** What a refused token turns a failure into: the access token dies as well. */
async function rejectCurrent(generation: number): Promise<void> {
  const handle = stage.client.workflow.getHandle(`token:${stage.shopId}:acme`)
  await handle.signal('tokenkeeper.lease', {
    requestId: `reject-${String(generation)}`,
    replyTo: '',
    minValidityMs: 0,
    rejected: { generation, status: 401 },
  })
}

describe('a refresh that meets', () => {
  const healed: readonly [string, readonly Misbehaviour[], string][] = [
    ['429 with seconds', [M.tooMany('1')], 'http_429'],
    ['429 with a date', [M.tooMany(new Date(Date.now() + 1000).toUTCString())], 'http_429'],
    ['503 with Retry-After', [M.unavailableFor('1')], 'http_503'],
    ['503 without Retry-After', [M.unavailable], 'http_503'],
    ['a server error', [M.serverError], ''],
    ['HTML at 403', [M.html403], ''],
    ['HTML at 200, nothing consumed', [M.html200], ''],
    ['a reset before the answer, nothing consumed', [M.resetBefore], ''],
  ]
  it.each(healed)('%s goes on serving and heals by itself', async (_name, what, code) => {
    const before = await refreshInto(...what)
    await until(status, ({ generation }) => generation === before.generation + 1)
    const story = await stage.keeper.story(stage.shopId, 'acme')
    const failed = story.filter(({ event }) => event === 'refresh_failed').at(-1)
    expect(failed?.atMs).toBeGreaterThanOrEqual(before.sinceMs)
    if (code !== '') expect(failed?.code).toBe(code)
    expect((await status()).status).toBe('active')
  })

  const lost: readonly [string, readonly Misbehaviour[]][] = [
    ['a reset after the answer', [M.resetAfter]],
    ['a truncated answer', [M.truncated]],
    ['HTML at 200 after the refresh token was used', [M.html200Forwarded]],
  ]
  it.each(lost)('%s ends as rotation_lost where there is no grace window', async (_name, what) => {
    const before = await refreshInto(...what)
    // The reuse kills the family: the access token is refused from then on.
    await until(status, ({ failure }) => failure?.code === 'invalid_grant')
    await rejectCurrent(before.generation)
    const after = await until(status, (now) => now.status === 'needs_reauth')
    expect(after.reason).toBe('rotation_lost')
  })

  it('invalid_grant on a clean first try needs a new authorisation, once the token has ended', async () => {
    const before = await refreshInto(M.oauthError('invalid_grant'))
    const degraded = await until(status, (now) => now.status === 'degraded')
    expect(degraded.failure?.code).toBe('invalid_grant')
    const requests = stage.proxy.counters.requests
    await rejectCurrent(before.generation)
    const dead = await until(status, (now) => now.status === 'needs_reauth')
    expect(dead.reason).toBe('revoked')
    const said = `ERROR tokenkeeper: ${stage.shopId}/acme status (needs_reauth: revoked)`
    await until(evidence, (lines) => lines.includes(said))
    // A dead grant is not tried again.
    expect(stage.proxy.counters.requests).toBe(requests)
    await stage.connectShop()
    expect((await status()).status).toBe('active')
  })

  it.each([
    ['invalid_client', M.oauthError('invalid_client', 401)],
    ['a redirect', M.redirect('http://127.0.0.1:9/login')],
    ['404', M.notFound],
    ['HTML at 403', M.html403],
    ['HTML at 404', { ...M.html403, status: 404 }],
  ])('%s, once, is no verdict: it is tried again and heals', async (_name, what) => {
    const before = await refreshInto(what)
    const after = await until(status, ({ generation }) => generation > before.generation)
    expect(after).toMatchObject({ status: 'active', generation: before.generation + 1 })
    const story = await stage.keeper.story(stage.shopId, 'acme')
    const verdicts = story.filter(
      ({ event, cause }) => event === 'status' && cause === 'misconfigured',
    )
    expect(verdicts).toEqual([])
  })

  it.each([
    ['invalid_client', M.oauthError('invalid_client', 401)],
    ['404', M.notFound],
  ])(
    '%s, again and again, is misconfigured once the token has ended, and heals by itself',
    async (_name, what) => {
      const before = await refreshInto(what)
      stage.proxy.always(what)
      await until(status, (now) => now.status === 'degraded')
      await rejectCurrent(before.generation)
      const broken = await until(status, (now) => now.status === 'misconfigured')
      expect(broken.failure?.count).toBeGreaterThanOrEqual(3)
      expect((broken.nextRefreshAtMs ?? Infinity) - Date.now()).toBeLessThan(60_000)
      stage.proxy.always(M.pass)
      const healedStatus = await until(status, (now) => now.status === 'active')
      expect(healedStatus.generation).toBe(before.generation + 1)
    },
  )

  it('a refused connection tries again; nothing was sent', async () => {
    const before = await refreshInto()
    await until(status, ({ generation }) => generation === before.generation + 1)
    await stage.proxy.refuse()
    await askForRefresh(stage.client, stage.shopId, 'acme')
    await until(status, (now) => now.status === 'degraded')
    await stage.proxy.accept()
    await until(status, (now) => now.status === 'active')
  })
})

describe('connecting', () => {
  it('answers with what was wrong', async () => {
    const wrong = await stage.keeper
      .connect(stage.shopId, 'wrong', { refreshToken: 'not-a-refresh-token' })
      .catch(keepError)
    expect(wrong).toMatchObject({ code: 'invalid_grant' })
    expect((await stage.keeper.status(stage.shopId, 'wrong')).status).toBe('pending')
  })

  it('says what a credential lacks', async () => {
    const lacking = await stage.keeper
      .connect(stage.shopId, 'lacking', { apiKey: 'x' })
      .catch(keepError)
    expect(String(lacking)).toContain('refreshToken')
  })
})
