import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCodecApp } from '../../src/cli/codec-server/codec-app.js'
import { explainPayload } from '../../src/cli/codec-server/explain-payload.js'
import type { PayloadJson } from '../../src/cli/temporal/payload-json.js'
import { generateKeyPair } from '../../src/sealing/key-pair.js'
import { createSealer } from '../../src/sealing/sealer.js'

const TOKEN = '0123456789abcdef0123'
const HOST = 'localhost:8485'
const WEB_UI = 'http://localhost:8233'
const { publicKey } = await generateKeyPair()
const sealer = createSealer(publicKey)
const SECRET = 'canary-secret'
const sealed = await sealer.seal(SECRET, { connection: 'shop/acme', purpose: 'token' })
const shown = (more: object): object => ({
  sealedValue: { ...more, keyId: sealer.keyId, bytes: SECRET.length + 16 },
})

const app = createCodecApp({ token: TOKEN, origins: [WEB_UI], hosts: [HOST], secure: false })
const open = createCodecApp({ token: undefined, origins: [WEB_UI], hosts: [HOST], secure: false })
const behind = createCodecApp({
  token: TOKEN,
  origins: [WEB_UI],
  hosts: ['codec.example'],
  secure: true,
  codecOf: (namespace) => ({
    decode: async (payloads) => await Promise.resolve(payloads),
    encode: (payloads) =>
      Promise.resolve(
        payloads.map(() => ({
          metadata: { encoding: Buffer.from('binary/own') },
          data: Buffer.from(namespace),
        })),
      ),
  }),
})

function payloadOf(text: string, encoding = 'json/plain'): PayloadJson {
  return {
    metadata: { encoding: Buffer.from(encoding).toString('base64') },
    data: Buffer.from(text).toString('base64'),
  }
}

const textOf = ({ data }: PayloadJson): string => Buffer.from(data, 'base64').toString()
const explained = (value: unknown): unknown =>
  JSON.parse(textOf(explainPayload(payloadOf(JSON.stringify(value)))))

interface Ask {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly of?: typeof app
}

async function ask({ path = '/decode', method = 'POST', headers, body, of = app }: Ask = {}) {
  const given = { host: HOST, 'content-type': 'application/json', ...headers }
  return await of.fetch(
    new Request(`http://${given.host}${path}`, {
      method,
      headers: given,
      body: method === 'POST' ? (body ?? '{"payloads":[]}') : null,
    }),
  )
}

const bearer = { authorization: `Bearer ${TOKEN}` }

describe('what a sealed value is shown as', () => {
  it('by the names that hold it, wherever it stands', () => {
    const connection = 'shop/acme'
    const lease = { connection, generation: 7, issuedAtMs: 1, sealed }
    expect(explained({ outcome: 'granted', lease })).toEqual({
      outcome: 'granted',
      lease: { ...lease, sealed: shown({ connection, purpose: 'token', generation: 7 }) },
    })
    expect(explained({ sealed, actor: { name: 'x' } })).toMatchObject({
      sealed: shown({ purpose: 'credential' }),
    })
    const state = {
      connection,
      snapshot: {
        token: { generation: 3, held: { sealed: `${sealed}A`, issuedAtMs: 1 } },
        grant: { sealed, markKey: `${sealed}B`, keptAnswers: [{ sealed: `${sealed}C` }] },
        rotations: [{ source: { sealed: `${sealed}D` } }],
      },
    }
    const { snapshot } = explained(state) as typeof state
    const purposes = (value: unknown): object => ({
      sealedValue: expect.objectContaining(value as object) as object,
    })
    expect(snapshot).toEqual({
      token: {
        generation: 3,
        held: { issuedAtMs: 1, sealed: purposes({ connection, purpose: 'token', generation: 3 }) },
      },
      grant: {
        sealed: purposes({ connection, purpose: 'grant' }),
        markKey: purposes({ connection, purpose: 'mark-key' }),
        keptAnswers: [{ sealed: purposes({ connection, purpose: 'answer' }) }],
      },
      rotations: [{ source: { sealed: purposes({ connection, purpose: 'credential' }) } }],
    })
    expect(explained({ connection, values: [{ sealed, purpose: 'verifier' }], kept: [] })).toEqual({
      connection,
      values: [{ sealed: shown({ connection, purpose: 'verifier' }), purpose: 'verifier' }],
      kept: [],
    })
    expect(explained(sealed)).toEqual(shown({}))
  })

  it('and all else stays as it is, character by character', () => {
    const odd = `{ "n": 12345678901234567890, "${sealed}": 1, "q": "say \\"${sealed}", "e": "\\u0074", "s" :"${sealed}"}`
    const after = textOf(explainPayload(payloadOf(odd)))
    expect(after.replace(JSON.stringify(shown({})), `"${sealed}"`)).toBe(odd)
    for (const text of ['{"a":', `"tk1.short"`, `no JSON "${sealed}"`])
      expect(textOf(explainPayload(payloadOf(text)))).toBe(text)
    const encrypted = payloadOf(`"${sealed}"`, 'binary/encrypted')
    expect(explainPayload(encrypted)).toEqual(encrypted)
    const deep = '['.repeat(100_000) + `"${sealed}"` + ']'.repeat(100_000)
    expect(textOf(explainPayload(payloadOf(deep)))).toContain('sealedValue')
  })

  it('whatever stands around it, what is shown is JSON and holds nothing sealed', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constant(sealed),
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.array(tie('value')),
        fc.dictionary(fc.string({ unit: 'binary' }), tie('value')),
      ),
    })).value
    fc.assert(
      fc.property(value, (given) => {
        const withoutSealed = JSON.stringify(explained(given))
        expect(withoutSealed).not.toContain(`"${sealed}"`)
      }),
    )
  })
})

describe('who may ask a codec server', () => {
  it('whoever has the token, and nobody else', async () => {
    expect((await ask()).status).toBe(401)
    for (const authorization of [`Bearer ${TOKEN}x`, 'Bearer ', `Basic ${TOKEN}`, TOKEN])
      expect((await ask({ headers: { authorization } })).status).toBe(401)
    const answer = await ask({
      headers: bearer,
      body: JSON.stringify({ payloads: [payloadOf(`"${sealed}"`), { data: '' }] }),
    })
    expect(answer.status).toBe(200)
    const { payloads } = (await answer.json()) as { payloads: PayloadJson[] }
    expect(payloads.map(textOf)).toEqual([JSON.stringify(shown({})), ''])
    expect((await ask({ of: open })).status).toBe(200)
  })

  it('a browser that has signed in, by a cookie that is not the token', async () => {
    const page = await ask({ path: '/', method: 'GET' })
    expect(await page.text()).toContain('type="password"')
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self'")
    const form = (token: string) =>
      ask({
        path: '/sign-in',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          origin: `http://${HOST}`,
        },
        body: new URLSearchParams({ token }).toString(),
      })
    const refused = await form('wrong')
    expect([refused.status, refused.headers.get('set-cookie')]).toEqual([401, null])
    const cookie = (await form(TOKEN)).headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^tokenkeeper-codec=.*; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(TOKEN)
    const [pair = ''] = cookie.split(';')
    expect((await ask({ headers: { cookie: pair, origin: WEB_UI } })).status).toBe(200)
    expect((await ask({ headers: { cookie: `${pair}x` } })).status).toBe(401)
  })

  it('only pages of the Web UI, and only under its own name', async () => {
    const asPage = (origin: string, more: Ask = {}) =>
      ask({ ...more, headers: { ...bearer, ...more.headers, origin } })
    const allowed = await asPage(WEB_UI)
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
      200,
      WEB_UI,
    ])
    const strangers = ['http://evil.example', 'null', `${WEB_UI}0`, 'http://localhost:8233.evil']
    for (const origin of strangers)
      for (const of of [app, open]) {
        const refused = await asPage(origin, { of })
        expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
          403,
          null,
        ])
        const preflight = await asPage(origin, { of, method: 'OPTIONS' })
        expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
      }
    // DNS rebinding: the name of a page's own site leads here, and its requests have no origin.
    for (const host of ['evil.example:8485', 'localhost', 'localhost:8486'])
      for (const of of [app, open])
        expect((await ask({ of, headers: { ...bearer, host } })).status).toBe(421)
  })

  it('and the Web UI learns before that it may', async () => {
    const { status, headers } = await ask({
      method: 'OPTIONS',
      headers: { origin: WEB_UI, 'access-control-request-private-network': 'true' },
    })
    expect(status).toBe(204)
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': WEB_UI,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': expect.stringMatching(
        /Content-Type.*X-Namespace.*Authorization/,
      ) as string,
      'access-control-allow-private-network': 'true',
    })
  })
})

describe('what is no request of the protocol', () => {
  const sent = (more: Ask) => ask({ ...more, headers: { ...bearer, ...more.headers } })

  it.each([
    [415, { headers: { 'content-type': 'text/plain' } }],
    [400, { body: '{"payloads":' }],
    [400, { body: '{"payloads":[{"metadata":{"encoding":1}}]}' }],
    [400, { body: '[]' }],
    [400, { headers: { 'x-namespace': '../other' } }],
    [400, { headers: { 'x-namespace': '..' } }],
    [413, { body: ' '.repeat(17 * 1024 * 1024) }],
    [404, { path: '/download' }],
    [404, { path: '/a/b/decode' }],
    [404, { path: '/decode', method: 'GET' }],
  ] as const)('is answered with %i, and with why', async (status, what) => {
    const answer = await sent(what)
    expect(answer.status).toBe(status)
    expect(await answer.text()).toMatch(/^tokenkeeper: /)
  })

  it('and what was shown is not taken for a value', async () => {
    const body = JSON.stringify({
      payloads: [payloadOf(JSON.stringify({ a: [{ sealed: shown({}) }] }))],
    })
    const refused = await sent({ path: '/encode', body })
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('can be shown, but not sent back') as string,
    ])
    const plain = JSON.stringify({ payloads: [payloadOf(`{"sealed":"${sealed}"}`)] })
    const taken = await sent({ path: '/default/encode', body: plain })
    expect(await taken.json()).toEqual(JSON.parse(plain))
  })

  it('a codec of the own encodes, under the name of the namespace', async () => {
    const headers = { ...bearer, host: 'codec.example' }
    const body = JSON.stringify({ payloads: [payloadOf('1')] })
    const answer = await ask({ of: behind, path: '/prod/encode', headers, body })
    const { payloads } = (await answer.json()) as { payloads: PayloadJson[] }
    expect(payloads.map(textOf)).toEqual(['prod'])
    const cookie = await ask({
      of: behind,
      path: '/sign-in',
      headers: { host: 'codec.example', 'content-type': 'application/x-www-form-urlencoded' },
      body: `token=${TOKEN}`,
    })
    expect(cookie.headers.get('set-cookie')).toMatch(/^__Host-tokenkeeper-codec=.*; Secure/)
  })
})
