import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { importSPKI, jwtVerify, SignJWT } from 'jose'
import {
  type Handler,
  readBody,
  sendJson,
  startLoopbackServer,
} from '../../fixtures/loopback-server.js'
import { createCodePage, createIssuer } from './code-page.js'

export const CLIENT = { id: 'google-app', secret: 'canary-google-app-secret' } as const
export const SCOPE = 'openid https://www.googleapis.com/auth/drive.readonly'
const ACCOUNT = 'sync@project.iam.gserviceaccount.com'
const ASSERTION = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/**
 * Google's authorization server and an API, as developers.google.com/identity/protocols/oauth2 documents
 * them: `web-server` (`access_type=offline` with `prompt=consent`, client id and secret as parameters,
 * 3,599 s, id token, a refresh answers no refresh token, `invalid_grant` once revoked, `/revoke`) and
 * `service-account` (assertion with iss, scope, aud, iat and exp at most an hour apart, sub for
 * delegation; no refresh token). The API answers 401 with `UNAUTHENTICATED`. Each host is a server of
 * its own: what is sent to the wrong one is not answered. A code is given for a PKCE challenge (S256) only.
 */
export async function startGoogleFake() {
  const { issue, canaries } = createIssuer(CLIENT.secret)
  const page = createCodePage({
    path: '/o/oauth2/v2/auth',
    clientId: CLIENT.id,
    asked: { access_type: 'offline', prompt: 'consent', scope: SCOPE },
    issue,
  })
  const key = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const idKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const state = {
    person: '110169484474386276334',
    accessToken: '',
    refreshToken: '',
    refreshes: 0,
    assertions: 0,
    subject: '',
    revoked: false,
  }
  const token = () => {
    state.accessToken = issue('ya29')
    return { access_token: state.accessToken, expires_in: 3599, token_type: 'Bearer' }
  }
  const idToken = () =>
    new SignJWT({ sub: state.person })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer('https://accounts.google.com')
      .setAudience(CLIENT.id)
      .setExpirationTime('1h')
      .sign(idKey)

  /** Whether an assertion is what the documentation asks for. */
  async function accepts(assertion: string): Promise<boolean> {
    const publicKey = await importSPKI(key.publicKey, 'RS256')
    const options = {
      issuer: ACCOUNT,
      audience: `${tokenServer.origin}/token`,
      algorithms: ['RS256'],
    }
    const { payload } = await jwtVerify(assertion, publicKey, options)
    const { iat = 0, exp = Infinity, sub } = payload
    state.subject = sub ?? ''
    return exp - iat <= 3600 && payload['scope'] === SCOPE
  }

  const answerToken: Handler = async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://google')
    const refuse = (error: string, status = 400): void => sendJson(response, status, { error })
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    if (
      request.method !== 'POST' ||
      isForm !== true ||
      request.headers.authorization !== undefined
    ) {
      refuse('invalid_request')
      return
    }
    const form = Object.fromEntries(new URLSearchParams(await readBody(request)))
    const known = form['client_id'] === CLIENT.id && form['client_secret'] === CLIENT.secret
    if (pathname === '/revoke') {
      state.revoked = form['token'] === state.refreshToken
      if (state.revoked) response.writeHead(200).end()
      else refuse('invalid_token')
    } else if (pathname !== '/token') refuse('not_found', 404)
    else if (form['grant_type'] === ASSERTION) {
      const good = await accepts(form['assertion'] ?? '').catch(() => false)
      if (!good || state.revoked) refuse('invalid_grant')
      else {
        state.assertions += 1
        sendJson(response, 200, token())
      }
    } else if (!known) refuse('invalid_client', 401)
    else if (form['grant_type'] === 'refresh_token') {
      if (state.revoked || form['refresh_token'] !== state.refreshToken) refuse('invalid_grant')
      else {
        state.refreshes += 1
        sendJson(response, 200, { ...token(), scope: SCOPE })
      }
    } else if (page.exchange(form)) {
      state.refreshToken = issue('1//refresh')
      const beside = { refresh_token: state.refreshToken, scope: SCOPE, id_token: await idToken() }
      sendJson(response, 200, { ...token(), ...beside })
    } else refuse('invalid_grant')
  }

  const answerApi: Handler = (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://google')
    if (state.revoked || request.headers.authorization !== `Bearer ${state.accessToken}`)
      sendJson(response, 401, { error: { code: 401, status: 'UNAUTHENTICATED' } })
    else if (pathname === '/drive/v3/files') sendJson(response, 200, { files: [] })
    else sendJson(response, 404, { error: { code: 404, status: 'NOT_FOUND' } })
  }

  const pageServer = await startLoopbackServer((_request, response) => {
    sendJson(response, 404, {})
  })
  const tokenServer = await startLoopbackServer(answerToken)
  const apiServer = await startLoopbackServer(answerApi)
  return {
    /** Google's hosts, by the server that plays each. */
    hosts: {
      'https://accounts.google.com': pageServer.origin,
      'https://oauth2.googleapis.com': tokenServer.origin,
      'https://www.googleapis.com': apiServer.origin,
    },
    stop: async () => {
      await Promise.all([pageServer.stop(), tokenServer.stop(), apiServer.stop()])
    },
    state,
    canaries,
    browse: (url: URL): Promise<URL> => {
      if (url.origin !== pageServer.origin) throw new Error(`no page at ${url.origin}`)
      if (url.searchParams.get('code_challenge_method') !== 'S256') throw new Error('no S256')
      if ((url.searchParams.get('code_challenge') ?? '') === '') throw new Error('no challenge')
      return page.browse(url)
    },
    /** As it is downloaded: `token_uri` names Google's token endpoint. */
    keyFile: {
      type: 'service_account',
      project_id: 'project',
      private_key_id: randomUUID().replaceAll('-', ''),
      private_key: key.privateKey,
      client_email: ACCOUNT,
      client_id: '103',
      token_uri: `${tokenServer.origin}/token`,
    },
    expire: () => {
      state.accessToken = 'none'
    },
    revoke: () => {
      state.revoked = true
    },
  }
}
