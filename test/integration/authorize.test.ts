import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenWorkflowId } from '../../src/contract/connection-ref.js'
import { REDIRECT_URI } from '../fixtures/authorization-server.js'
import { MISBEHAVIOURS } from '../fixtures/misbehaving-proxy.js'
import { askForRefresh } from '../setup/ask-for-refresh.js'
import { type AuthorizeStage, startAuthorizeStage } from './authorize-stage.js'
import { until } from './until.js'

let stage: AuthorizeStage
beforeAll(async () => {
  stage = await startAuthorizeStage()
})
afterAll(() => stage.end())

const status = (account: string) => stage.keeper.status(stage.connector, account)
const handle = (account: string) =>
  stage.client.workflow.getHandle(tokenWorkflowId({ connector: stage.connector, account }))
const names = async (account: string) =>
  (await stage.events(account)).map(({ event, code }) =>
    code === undefined ? event : `${event} ${code}`,
  )

function lease(account: string, name: string) {
  return stage.client.workflow.start<(input: object) => Promise<number>>('leaseOnce', {
    taskQueue: stage.taskQueue,
    workflowId: `${name}-${stage.run}`,
    args: [{ connector: stage.connector, account, taskQueue: stage.taskQueue }],
  })
}

describe('an authorization in a browser', () => {
  it('gives a URL with PKCE and a state, and its callback connects; who waited goes on', async () => {
    const parked = await lease('first', 'parked-first')
    const begun = await stage.begin('first')
    const { searchParams } = new URL(begun.url)
    expect(searchParams.get('state')).toBe(begun.state)
    expect(searchParams.get('code_challenge_method')).toBe('S256')
    expect(Buffer.from(begun.state.split('.')[0] ?? '', 'base64url')).toHaveLength(32)
    expect(await status('first')).toMatchObject({ status: 'pending', authorizations: 1 })
    const connected = await stage.complete(begun, await stage.browse(begun))
    expect(connected).toMatchObject({
      status: 'active',
      generation: 1,
      account: { name: 'Person merchant' },
    })
    expect(connected.scope?.split(' ').sort()).toEqual(['offline_access', 'openid', 'orders'])
    expect(connected.authorizations).toBeUndefined()
    expect(connected.warnings).toBeUndefined()
    expect(await parked.result()).toBe(1)
    expect(await names('first')).toEqual(
      expect.arrayContaining(['authorization_begun', 'connected']),
    )
  })

  it('heals a dead connection, and its parked flows go on', async () => {
    await stage.authorize('dead')
    await stage.people.revokeGrants()
    await askForRefresh(stage.client, stage.connector, 'dead')
    await until(
      () => status('dead'),
      ({ failure }) => failure !== undefined,
    )
    const rejected = {
      requestId: 'r',
      replyTo: '',
      minValidityMs: 0,
      rejected: { generation: 1, status: 401 },
    }
    await handle('dead').signal('tokenkeeper.lease', rejected)
    await until(
      () => status('dead'),
      (now) => now.status === 'needs_reauth',
    )
    const parked = await lease('dead', 'parked-dead')
    await until(
      () => status('dead'),
      ({ waiting }) => waiting === 1,
    )
    // The flow hears of it a moment after the connection counts it.
    const details = await until(
      async () => JSON.stringify(await parked.query('__temporal_workflow_metadata')),
      (text) => text.includes('npx tokenkeeper connect'),
    )
    expect(details).toContain('npx tokenkeeper connect')
    expect((await stage.authorize('dead')).status).toBe('active')
    expect(await parked.result()).toBe(2)
  })

  it('takes the callback as a query, too, and a connection begun by several is connected by each', async () => {
    const [one, two] = [await stage.begin('several'), await stage.begin('several')]
    const callbacks = [await stage.browse(one), await stage.browse(two)] as const
    expect((await stage.complete(two, callbacks[1].search)).generation).toBe(1)
    expect((await stage.complete(one, callbacks[0].search.slice(1))).generation).toBe(2)
  })
})

describe('an authorization that comes to nothing says why, is told, and leaves the connection as it was', () => {
  it('denied by the person', async () => {
    await stage.authorize('kept')
    stage.people.person.answers = 'deny'
    const begun = await stage.begin('kept')
    const callback = await stage.browse(begun)
    stage.people.person.answers = 'allow'
    const denied = await stage.refusal(stage.complete(begun, callback))
    expect(denied).toMatchObject({
      code: 'AuthorizationDenied',
      connection: `${stage.connector}/kept`,
    })
    expect(denied.message).toContain('goes on with what it had')
    expect(denied.message).not.toContain('said no')
    expect(await status('kept')).toMatchObject({ status: 'active', generation: 1 })
    expect(await names('kept')).toContain('authorization_refused AuthorizationDenied')
    expect((await stage.refusal(stage.complete(begun, callback))).code).toBe('AuthorizationUsed')
  })

  it('failed at the provider', async () => {
    const begun = await stage.begin('kept')
    const callback = `error=temporarily_unavailable&error_description=canary-text&state=${begun.state}&iss=${stage.people.origin}`
    const failed = await stage.refusal(stage.complete(begun, callback))
    expect(failed.code).toBe('AuthorizationFailed')
    expect(failed.message).toContain('temporarily_unavailable')
    expect(failed.message).not.toContain('canary')
  })

  it('used twice', async () => {
    const begun = await stage.begin('twice')
    const callback = await stage.browse(begun)
    await stage.complete(begun, callback)
    expect((await stage.refusal(stage.complete(begun, callback))).code).toBe('AuthorizationUsed')
    expect((await status('twice')).generation).toBe(1)
  })

  it('used twice at once: one of them connects', async () => {
    const begun = await stage.begin('race')
    const callback = await stage.browse(begun)
    const ends = await Promise.all(
      [1, 2].map(() =>
        stage.complete(begun, callback).then(
          () => 'connected',
          (error: unknown) => (error as { code: string }).code,
        ),
      ),
    )
    expect(ends.sort()).toEqual(['AuthorizationUsed', 'connected'])
  })

  it.each([
    ['of another browser', 'x'.repeat(43)],
    ['of a browser without a session', undefined],
  ])('brought by somebody else: the callback %s', async (_name, binding) => {
    const requests = stage.people.counters.tokenRequests
    const begun = await stage.begin('bound')
    const callback = await stage.browse(begun)
    const refused = await stage.refusal(stage.complete(begun, callback, { binding }))
    expect(refused.code).toBe('AuthorizationOfSomeoneElse')
    expect((await stage.refusal(stage.complete(begun, callback))).code).toBe('AuthorizationUsed')
    expect(stage.people.counters.tokenRequests).toBe(requests)
  })

  it.each([
    ['another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    [
      'an issuer that is longer',
      (url: URL) => url.searchParams.set('iss', `${stage.people.origin}/`),
    ],
  ])('answered by %s', async (_name, change) => {
    const begun = await stage.begin('mixed-up')
    const callback = await stage.browse(begun)
    change(callback)
    const refused = await stage.refusal(stage.complete(begun, callback))
    expect(refused.code).toBe('IssuerMismatch')
    expect((await status('mixed-up')).status).toBe('pending')
  })

  it('come in at another redirect URI', async () => {
    const begun = await stage.begin('mixed-up')
    const callback = await stage.browse(begun)
    const other = { redirectUri: `${REDIRECT_URI}/other` }
    expect((await stage.refusal(stage.complete(begun, callback, other))).code).toBe(
      'IssuerMismatch',
    )
  })

  it('with a state that nobody began: refused without a trace in history', async () => {
    await stage.authorize('quiet')
    const begun = await stage.begin('quiet')
    /** Messages that its history has: timers and activities of its own may come in between. */
    const messages = async (): Promise<number> =>
      ((await handle('quiet').fetchHistory()).events ?? []).filter(
        (event) =>
          event.workflowExecutionSignaledEventAttributes ??
          event.workflowExecutionUpdateAcceptedEventAttributes,
      ).length
    const before = await messages()
    const random = 'A'.repeat(43)
    const [own = '', name = ''] = begun.state.split('.')
    for (const state of [
      `${random}.${name}`,
      `${own}.${Buffer.from('nobody/here').toString('base64url')}`,
      `${own}.${name}.x`,
      `${own}.${name}=`,
      own,
      '../../etc',
      'x'.repeat(5000),
    ]) {
      const refused = await stage.refusal(stage.complete(begun, `code=x&state=${state}`))
      expect(refused.code).toBe('AuthorizationStateUnknown')
    }
    expect((await stage.refusal(stage.complete(begun, 'code=x'))).code).toBe(
      'AuthorizationStateUnknown',
    )
    const twice = await stage.refusal(stage.complete(begun, `code=x&code=y&state=${begun.state}`))
    expect(twice.code).toBe('InvalidInput')
    expect(await messages()).toBe(before)
    expect((await stage.complete(begun, await stage.browse(begun))).status).toBe('active')
  })

  it('with a code that the provider refuses', async () => {
    const begun = await stage.begin('wrong-code')
    const callback = await stage.browse(begun)
    callback.searchParams.set('code', 'canary-not-a-code')
    const refused = await stage.refusal(stage.complete(begun, callback))
    expect(refused.code).toBe('invalid_grant')
    expect(refused.message).toContain('Start the authorization again')
    expect(refused.message).not.toContain('canary')
  })

  it('without a code', async () => {
    const begun = await stage.begin('no-code')
    const callback = `state=${begun.state}&iss=${stage.people.origin}`
    const refused = await stage.refusal(stage.complete(begun, callback))
    expect(refused).toMatchObject({ code: 'InvalidInput' })
    expect(refused.message).toContain(`brought no 'code'`)
  })

  it('with an exchange whose answer is lost: one request, and begin again', async () => {
    const begun = await stage.begin('lost')
    const callback = await stage.browse(begun)
    const { requests } = stage.tokenProxy.counters
    stage.tokenProxy.next(MISBEHAVIOURS.resetAfter)
    const refused = await stage.refusal(stage.complete(begun, callback))
    expect(refused.message).toContain('Start the authorization again')
    expect(stage.tokenProxy.counters.requests).toBe(requests + 1)
    expect((await stage.authorize('lost')).status).toBe('active')
  })

  it('of a connector that needs no browser, or is not known', async () => {
    const options = { redirectUri: REDIRECT_URI }
    const begin = (connector: string, more = options) =>
      stage.refusal(stage.keeper.beginAuthorization(connector, 'default', more))
    expect((await begin(stage.erpId)).message).toContain('needs no browser')
    expect((await begin(`unheard-of-${stage.run}`)).code).toBe('UnknownConnector')
    for (const redirectUri of [
      '',
      'http://app.example/cb',
      'https://a@app.example/',
      'https://app.example/#x',
    ])
      expect((await begin(stage.connector, { redirectUri })).code).toBe('InvalidInput')
  })
})

describe('the account that comes back', () => {
  it('is compared with the one before: another is refused, unless it is allowed', async () => {
    await stage.authorize('compared')
    stage.people.person.accountId = 'stranger'
    const refused = await stage.refusal(stage.authorize('compared'))
    expect(refused.code).toBe('OtherAccount')
    expect(refused.message).toContain('allowOtherAccount')
    expect(await status('compared')).toMatchObject({
      status: 'active',
      generation: 1,
      account: { name: 'Person merchant' },
    })
    const allowed = await stage.authorize('compared', { allowOtherAccount: true })
    expect(allowed).toMatchObject({ generation: 2, account: { name: 'Person stranger' } })
    expect(await names('compared')).toContain('account')
    stage.people.person.accountId = 'merchant'
    expect((await stage.refusal(stage.authorize('compared'))).code).toBe('OtherAccount')
    stage.people.person.accountId = 'stranger'
    expect((await stage.authorize('compared')).generation).toBe(3)
    stage.people.person.accountId = 'merchant'
  })

  it('less than was asked for is recorded and told', async () => {
    stage.people.person.grants = 'openid offline_access'
    const less = await stage.authorize('less').finally(() => {
      delete stage.people.person.grants
    })
    expect(less).toMatchObject({ status: 'active', missingScope: 'orders' })
    expect(less.warnings?.join()).toContain('was not granted orders')
    await askForRefresh(stage.client, stage.connector, 'less')
    await until(
      () => status('less'),
      ({ generation }) => generation === 2,
    )
    expect((await status('less')).missingScope).toBe('orders')
  })

  it('without a refresh token is told', async () => {
    const none = await stage.authorize('none', { scope: 'openid orders' })
    expect(none.status).toBe('active')
    expect(none.missingScope).toBeUndefined()
    expect(none.warnings?.join()).toContain('refresh token')
  })
})

it('an authorization outlives the run that it was begun in', async () => {
  await stage.client.workflow.start('tokenWorkflow', {
    taskQueue: stage.taskQueue,
    workflowId: handle('carried').workflowId,
    args: [{ connection: `${stage.connector}/carried`, signalsPerRun: 3 }],
  })
  const begun = await stage.begin('carried')
  const first = (await handle('carried').describe()).runId
  for (const signal of [
    'tokenkeeper.pause',
    'tokenkeeper.resume',
    'tokenkeeper.pause',
    'tokenkeeper.resume',
  ])
    await handle('carried').signal(signal)
  await until(
    async () => (await handle('carried').describe()).runId,
    (runId) => runId !== first,
  )
  expect((await status('carried')).authorizations).toBe(1)
  expect((await stage.complete(begun, await stage.browse(begun))).status).toBe('active')
})

describe('a revocation', () => {
  it('is told to the provider once, and no flow is served in the meantime', async () => {
    await stage.authorize('ended')
    const before = stage.people.counters.revocations
    await stage.keeper.revoke(stage.connector, 'ended')
    const ended = await until(
      () => status('ended'),
      ({ revocation }) => revocation?.outcome === 'revoked',
    )
    expect(ended.status).toBe('revoked')
    expect(stage.people.counters.revocations).toBe(before + 1)
    expect(ended.account).toBeUndefined()
    expect(await names('ended')).toEqual(expect.arrayContaining(['revoked', 'upstream_revoked']))
    stage.people.person.accountId = 'stranger'
    expect((await stage.authorize('ended')).revocation).toBeUndefined()
    stage.people.person.accountId = 'merchant'
  })

  it('holds at once also where the provider can not be told, which is tried, told and forgotten', async () => {
    await stage.authorize('unheard')
    await stage.tokenProxy.refuse()
    await stage.keeper.revoke(stage.connector, 'unheard')
    expect((await status('unheard')).status).toBe('revoked')
    const flow = await lease('unheard', 'denied-unheard')
    await expect(flow.result()).rejects.toThrow()
    const ended = await until(
      () => status('unheard'),
      ({ revocation }) => revocation?.outcome === 'failed',
    )
    await stage.tokenProxy.accept()
    expect(JSON.stringify(ended.revocation)).toContain('127.0.0.1')
    const told = (await stage.events('unheard')).find(
      ({ event }) => event === 'upstream_revoke_failed',
    )
    expect(told).toMatchObject({ attempt: 3 })
    expect((await stage.authorize('unheard')).status).toBe('active')
  })
})
