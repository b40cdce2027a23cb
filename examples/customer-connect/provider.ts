import { createHash, randomUUID } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

// Plays the provider: a page that asks the customer, a token endpoint, and the API behind it.
const PORT = 4802
/** Codes that wait to be exchanged, with their PKCE challenges. */
const challenges = new Map<string, string>()
const accessTokens = new Set<string>()
let refreshToken: string | undefined

const app = new Hono()

app.get('/authorize', (c) => {
  const allow = `/allow${new URL(c.req.url).search}`
  return c.html(`<p>May the example read your orders?</p><a href="${escape(allow)}">Allow</a>`)
})

app.get('/allow', (c) => {
  const { redirect_uri = '', state = '', code_challenge = '' } = c.req.query()
  const code = randomUUID()
  challenges.set(code, code_challenge)
  return c.redirect(`${redirect_uri}?${new URLSearchParams({ code, state }).toString()}`)
})

app.post('/token', async (c) => {
  const form = new URLSearchParams(await c.req.text())
  const verifier = form.get('code_verifier') ?? ''
  const code = form.get('code') ?? ''
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const isFirst = challenges.get(code) === challenge
  challenges.delete(code)
  if (!isFirst && (refreshToken === undefined || form.get('refresh_token') !== refreshToken))
    return c.json({ error: 'invalid_grant' }, 400)
  refreshToken = randomUUID()
  const accessToken = randomUUID()
  accessTokens.add(accessToken)
  return c.json({
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: 3600,
    refresh_token: refreshToken,
  })
})

app.get('/me', (c) => {
  const token = c.req.header('authorization')?.replace('Bearer ', '') ?? ''
  if (!accessTokens.has(token)) return c.json({ error: 'unauthorized' }, 401)
  return c.json({ id: 'customer-1', name: 'Acme Ltd' })
})

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: PORT }, () => {
  console.log(`The provider listens on port ${PORT}.`)
})
