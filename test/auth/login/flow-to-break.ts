/** The one step of {@link flow}. */
export const login = {
  name: 'login',
  method: 'POST',
  url: 'https://login.example.com/session',
  body: { json: { user: '{user}', password: '{password}' } },
  take: { token: { json: 'token' } },
} as const

/** A flow that is right, to be changed in one thing. */
export const flow = {
  kind: 'login-flow',
  credential: ['user', 'password'],
  steps: [login],
  token: { headers: { Authorization: 'Bearer {token}' } },
} as const
