import { loginFlow } from '../../auth/login-flow.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import type { PresetOptions } from './preset-options.js'

/**
 * SAP Business One Service Layer: a login gives the session cookies B1SESSION and ROUTEID, which every
 * call needs, both; the answer tells in minutes how long the session lives unused (30 by default). An
 * ended session is a 401 with code 301; then comes a new login. A refused password is tried once: three
 * wrong ones lock the user. The session is logged out when the connection is revoked. Credential:
 * `{ company, user, password }`; the login itself tells whether it works.
 * Written from help.sap.com, "Working with SAP Business One Service Layer" (Login and Logout; Session
 * Timeout; Session Sticky); not checked against a real installation.
 * @param options.baseUrl of your installation: `https://b1.example.com:50000/b1s/v1` (or `/v2`)
 * @param options.network for one in your own network: `{ privateAddresses: true }`
 */
export function sapBusinessOne<const Endpoints extends EndpointMap>({
  id = 'sap-business-one',
  endpoints,
  baseUrl,
  network,
}: PresetOptions<Endpoints> & {
  readonly baseUrl: string
  readonly network?: { readonly privateAddresses: boolean | readonly string[] } | undefined
}) {
  return defineConnector({
    id,
    baseUrl,
    network,
    auth: loginFlow({
      credential: ['company', 'user', 'password'],
      plain: ['company', 'user'],
      steps: [
        {
          name: 'login',
          method: 'POST',
          url: '/Login',
          body: { json: { CompanyDB: '{company}', UserName: '{user}', Password: '{password}' } },
          take: { minutes: { json: 'SessionTimeout' } },
        },
      ],
      token: { cookies: ['B1SESSION', 'ROUTEID'] },
      lifetime: { value: 'minutes', form: 'minutes' },
      logout: { method: 'POST', url: '/Logout' },
    }),
    endpoints,
  })
}
