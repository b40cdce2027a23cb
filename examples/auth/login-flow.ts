import { defineConnector, loginFlow } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** A login that answers with a session cookie and a token against forgery, good for half an hour unused. */
export const ticketsByLogin = defineConnector({
  ...tickets,
  auth: loginFlow({
    credential: ['user', 'password'],
    steps: [
      {
        name: 'login',
        method: 'POST',
        url: '/session',
        body: { json: { login: '{user}', password: '{password}' } },
        take: { csrf: { json: 'csrfToken' }, minutes: { json: 'idleMinutes' } },
      },
    ],
    token: { cookies: ['SESSION'], headers: { 'X-CSRF-Token': '{csrf}' } },
    lifetime: { value: 'minutes', form: 'minutes' },
    keepAlive: { method: 'GET', url: '/session' },
    logout: { method: 'DELETE', url: '/session' },
  }),
})
