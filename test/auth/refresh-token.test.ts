import { refreshToken, secret } from '../../src/connectors/index.js'
import { DEFAULT_CLIENT, startAuthorizationServer } from '../fixtures/authorization-server.js'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { oauthCase } from './auth-kind-upstream.js'

async function refreshTokenCase(rotation: 'rotating' | 'none'): Promise<AuthKindCase> {
  const server = await startAuthorizationServer({ rotateRefreshToken: rotation === 'rotating' })
  const { clientId, clientSecret } = DEFAULT_CLIENT
  process.env.TEST_AUTH_KIND_CLIENT_SECRET = clientSecret
  const auth = refreshToken({
    tokenUrl: server.tokenUrl,
    clientId,
    clientSecret: secret('env:TEST_AUTH_KIND_CLIENT_SECRET'),
    rotation,
  })
  const base = await oauthCase(server, auth, clientSecret)
  // Rotation kills a token that is used twice, so every reading of the case gets one of its own.
  const pool: string[] = []
  for (let count = 0; count < 20; count += 1)
    pool.push((await fetchRefreshToken(server)).refreshToken)
  let current = pool[0] ?? ''
  return {
    ...base,
    get text() {
      current = pool.shift() ?? current
      return current
    },
    get fields() {
      return { refreshToken: current }
    },
    bad: ['{}', '{"refreshToken":""}', '{"clientSecret":"canary"}'],
  }
}

testAuthKind('refresh-token', () => refreshTokenCase('rotating'))
testAuthKind('refresh-token', () => refreshTokenCase('none'))
