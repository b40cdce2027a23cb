import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { CookieJar } from 'tough-cookie'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { TokenkeeperError } from '../../src/client/errors/tokenkeeper-error.js'
import { AUTHORIZATION_CODES } from '../../src/contract/authorization.js'
import { failurePage } from '../../src/web/failure-page.js'
import { createAuthorizationHandler } from '../../src/web/index.js'
import { type AuthorizationStage, startAuthorizationStage } from './authorization-stage.js'
import { browse } from './browse.js'

const BASE = 'https://app.example/connections'
let stage: AuthorizationStage
let handler: ReturnType<typeof createAuthorizationHandler>
const failures: unknown[] = []

beforeAll(async () => {
  stage = await startAuthorizationStage('/callback')
  handler = createAuthorizationHandler({
    keeper: stage.keeper,
    publicUrl: BASE,
    mayConnect: (request) => request.headers.get('x-user') === 'merchant',
    onFailed: (error) => failures.push(error),
  })
})
afterAll(async () => {
  await stage.stop()
})

const merchant = { 'x-user': 'merchant' }
async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await handler.fetch(new Request(`${BASE}${path}`, { headers, method }))
  return { response, status: response.status, text: await response.text() }
}

describe('the start', () => {
  it('sends the browser to the provider with a cookie of this host alone', async () => {
    const { response } = await get(`/start/${stage.shopId}/acme`, merchant)
    expect(response.status).toBe(303)
    const to = new URL(response.headers.get('location') ?? '')
    expect(to.origin).toBe(stage.server.origin)
    expect(to.searchParams.get('redirect_uri')).toBe(`${BASE}/callback`)
    expect(to.searchParams.get('code_challenge_method')).toBe('S256')
    expect(response.headers.get('set-cookie')).toMatch(
      /^__Host-tokenkeeper-auth-[\w-]{22}=[\w-]{43}; Max-Age=3600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('is for whom mayConnect says yes to, and asks again where a foreign page leads here', async () => {
    expect((await get(`/start/${stage.shopId}/acme`)).status).toBe(403)
    const foreign = await get(`/start/${stage.shopId}/acme`, {
      ...merchant,
      'sec-fetch-site': 'cross-site',
    })
    expect(foreign.status).toBe(200)
    expect(foreign.text).toContain(`href="${BASE}/start/${stage.shopId}/acme"`)
    expect(foreign.response.headers.get('set-cookie')).toBeNull()
  })

  it('of what nobody can connect has a page: unknown, no name, or no browser needed', async () => {
    for (const path of ['/start/unknown/acme', '/start/BAD/acme', `/start/${stage.erpId}/x`])
      expect((await get(path, merchant)).status, path).toBe(404)
    expect((await get('/start')).status).toBe(404)
  })

  it('says that it is not available where no keeper worker runs', async () => {
    const keeper = new TokenkeeperClient({
      client: stage.client,
      publicKey: stage.publicKey,
      taskQueue: `nobody-${stage.taskQueue}`,
      timeoutMs: 1500,
    })
    const alone = createAuthorizationHandler({ keeper, publicUrl: BASE, mayConnect: () => true })
    const answer = await alone.fetch(new Request(`${BASE}/start/nobody/${stage.shopId}`))
    expect([503, 504]).toContain(answer.status)
    // Nothing was started that would wait for a worker.
    const started = stage.client.workflow.getHandle(`token:nobody:${stage.shopId}`).describe()
    await expect(started).rejects.toThrow('not found')
  })

  it('keeps few cookies at a time', async () => {
    const begun = Array.from({ length: 12 }, (_, n) => {
      const value = n > 9 ? 'used' : 'x'
      return `__Host-tokenkeeper-auth-${String(n)}=${value}`
    })
    // A console on the same host stays signed in, and a connect link is good.
    const cookie = ['__Host-tokenkeeper-console=x', '__Host-tokenkeeper-link-a=x', ...begun]
    const { response } = await get(`/start/${stage.shopId}/acme`, {
      ...merchant,
      cookie: cookie.join('; '),
    })
    const ended = response.headers.getSetCookie().filter((line) => line.includes('Max-Age=0'))
    const names = ended.map((line) => /-(\w+)=/.exec(line)?.[1])
    expect(names).toEqual(['10', '11', '0', '1', '2'])
  })
})

describe('the callback', () => {
  async function begin(account: string): Promise<{ state: string; jar: CookieJar }> {
    const { response } = await get(`/start/${stage.shopId}/${account}`, merchant)
    const jar = new CookieJar()
    for (const line of response.headers.getSetCookie()) await jar.setCookie(line, BASE)
    const to = new URL(response.headers.get('location') ?? '')
    return { state: to.searchParams.get('state') ?? '', jar }
  }
  const back = async (query: string, jar: CookieJar) =>
    get(`/callback?${query}`, { cookie: await jar.getCookieString(BASE) })

  it('without a state, with a strange one, or with one parameter twice, fits nothing', async () => {
    const { state, jar } = await begin('twice-named')
    for (const query of ['', 'code=x', 'code=x&state=y.z', `code=x&code=y&state=${state}`])
      expect((await back(query, jar)).status, query).toBe(400)
    expect((await back(`code=${'x'.repeat(9000)}&state=${state}`, jar)).status).toBe(414)
  })

  it('without the cookie reaches nobody', async () => {
    const { state } = await begin('no-cookie')
    const { status, text } = await back(`code=x&state=${state}`, new CookieJar())
    expect(status).toBe(403)
    expect(text).toContain('not started in this browser')
    expect((await stage.keeper.status(stage.shopId, 'no-cookie')).authorizations).toBe(1)
  })

  it('with a wrong cookie is of someone else', async () => {
    const first = await begin('wrong-cookie')
    const name = (await first.jar.getCookies(BASE))[0]?.key ?? ''
    const wrong = { cookie: `${name}=${'A'.repeat(43)}` }
    expect((await get(`/callback?code=x&state=${first.state}`, wrong)).status).toBe(403)
  })

  it('that brings an error tells it, and nothing of the address stands in the page', async () => {
    const { state, jar } = await begin('denied')
    const query = `error=access_denied&error_description=%3Cscript%3Ecanary&state=${state}`
    const { status, text, response } = await back(query, jar)
    expect(status).toBe(403)
    expect(text).not.toMatch(/canary|<script/)
    expect(text).not.toContain(state)
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; .*frame-ancestors 'none'$/,
    )
    expect((await back(query, jar)).status).toBe(409)
  })

  it('with a code that is none is refused by the provider', async () => {
    const { state, jar } = await begin('bad-code')
    const { status, text } = await back(`code=canary-code&state=${state}`, jar)
    expect(status).toBe(502)
    expect(text).not.toContain('canary-code')
  })
})

describe('onConnected', () => {
  it('sends the browser on to a path of this site, and nowhere else', async () => {
    const publicUrl = `http://127.0.0.1:${String(stage.port)}`
    const refused: unknown[] = []
    let next = ''
    const own = createAuthorizationHandler({
      keeper: stage.keeper,
      publicUrl,
      mayConnect: () => true,
      onConnected: () => next,
      onFailed: (error) => refused.push(error),
    })
    const server = serve({ fetch: own.fetch, port: stage.port, hostname: '127.0.0.1' })
    try {
      const visit = (path: string) => {
        next = path
        return browse(`${publicUrl}/start/${stage.shopId}/sent-on`)
      }
      for (const path of ['//evil.example', '/\\evil.example', 'https://evil.example/']) {
        const { status, url, text } = await visit(path)
        expect([status, new URL(url).origin], path).toEqual([200, publicUrl])
        expect(new URL(url).pathname).toBe('/callback')
        expect(text).toContain(`${stage.shopId}/sent-on is connected`)
        expect(text).not.toContain('evil')
        expect(String(refused.pop())).toContain('onConnected must give a path of this site')
      }
      expect((await visit('/settings?tab=1')).url).toBe(`${publicUrl}/settings?tab=1`)
      expect(refused).toEqual([])
    } finally {
      server.close()
    }
  })
})

describe('every address', () => {
  it('answers HEAD and a look ahead without doing anything, and other methods with 405', async () => {
    const known = failures.length
    for (const path of [`/start/${stage.shopId}/head`, '/callback?state=x']) {
      expect(await get(path, merchant, 'HEAD')).toMatchObject({ status: 200, text: '' })
      const ahead = { ...merchant, 'sec-purpose': 'prefetch' }
      expect((await get(path, ahead)).status).toBe(503)
      const post = await get(path, merchant, 'POST')
      expect(post.status).toBe(405)
      expect(post.response.headers.get('allow')).toBe('GET, HEAD')
    }
    expect(failures).toHaveLength(known)
    await expect(stage.keeper.status(stage.shopId, 'head')).rejects.toThrow('no connection')
  })
})

it('the address that it is mounted at has a page, also on a server of the user, who keeps the root', async () => {
  const server = new Hono().route('/connections', handler.app)
  for (const page of [
    await handler.fetch(new Request(BASE)),
    await handler.fetch(new Request(`${BASE}/unheard-of`)),
    await server.fetch(new Request(BASE)),
  ]) {
    expect(page.status).toBe(404)
    expect(await page.text()).toContain('There is nothing here')
  }
  const options = { keeper: stage.keeper, mayConnect: () => true }
  const atRoot = createAuthorizationHandler({ ...options, publicUrl: 'https://app.example' })
  const own = new Hono().route('/', atRoot.app).get('/', (c) => c.text('their own page'))
  expect(await (await own.fetch(new Request('https://app.example/'))).text()).toBe('their own page')
})

it.each([
  ...AUTHORIZATION_CODES,
  'invalid_grant',
  'http_503',
  'NoAnswer',
  'Unavailable',
  'StillTrying',
  'NotBegun',
  'Refused',
  'Superseded',
  'ConnectionRevoked',
  'NoKeyHere',
  'RateLimited',
])('the failure %s has a page with a sentence, a next step and its code', (code) => {
  const page = failurePage(new TokenkeeperError(code, 'canary'), 'https://app.example/start')
  expect(page.status).toBeGreaterThanOrEqual(400)
  expect(page.text.length).toBeGreaterThanOrEqual(2)
  expect(page.code).toBe(code)
  expect(JSON.stringify(page)).not.toContain('canary')
})

it.each([
  { publicUrl: 'http://app.example' },
  { publicUrl: 'https://app.example/?a=b' },
  { publicUrl: 'https://user@app.example' },
  { publicUrl: 'no url' },
  { callbackPath: '/callback?x=y' },
  { callbackPath: 'callback' },
  { mayConnect: undefined },
])('refuses options that are none: %o', (wrong) => {
  const options = { keeper: stage.keeper, publicUrl: BASE, mayConnect: () => true, ...wrong }
  expect(() => createAuthorizationHandler(options as never)).toThrow(TypeError)
})
