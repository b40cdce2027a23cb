import { authorizationCode, defineConnector, get, secret } from 'tokenkeeper/connector'

/** A shop whose customers agree in a browser. */
export const shop = defineConnector({
  id: 'shop',
  baseUrl: 'http://127.0.0.1:4802',
  auth: authorizationCode({
    authorizationUrl: 'http://127.0.0.1:4802/authorize',
    tokenUrl: 'http://127.0.0.1:4802/token',
    clientId: secret('env:SHOP_CLIENT_ID'),
    clientSecret: secret('env:SHOP_CLIENT_SECRET'),
    rotation: 'rotating',
  }),
  verify: 'me.get',
  // Whose account it is: somebody else's is refused when it is connected anew.
  identity: { subject: 'id', name: 'name' },
  endpoints: { 'me.get': get('/me') },
})
