import { clientCredentials } from '../../src/connectors/index.js'
import { startAuthorizationServer } from '../fixtures/authorization-server.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { oauthCase } from './auth-kind-upstream.js'

async function clientCredentialsCase(
  clientAuthentication: 'client_secret_basic' | 'client_secret_post',
): Promise<AuthKindCase> {
  const clientSecret = 'canary-secret +/=%&'
  const server = await startAuthorizationServer({
    clients: [{ clientId: 'app:1', clientSecret, authMethod: clientAuthentication }],
  })
  const options = { tokenUrl: server.tokenUrl, clientId: 'app:1', clientAuthentication }
  return {
    ...(await oauthCase(server, clientCredentials(options), clientSecret)),
    text: clientSecret,
    fields: { clientSecret },
    bad: ['{}', '{"clientSecret":""}', '{"clientId":"canary"}'],
  }
}

testAuthKind('client-credentials', () => clientCredentialsCase('client_secret_basic'))
testAuthKind('client-credentials', () => clientCredentialsCase('client_secret_post'))
