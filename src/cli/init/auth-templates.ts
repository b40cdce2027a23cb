/** How a project is begun for one kind of authentication. */
export interface AuthTemplate {
  /** As `defineConnector` names it, and as `--auth` takes it. */
  readonly kind: string
  /** In a few words, for the list to choose from. */
  readonly title: string
  /** The functions of `tokenkeeper/connector` that {@link code} calls. */
  readonly imports: readonly string[]
  /** `auth: …` of the definition: `BASE` stands for the base URL as an expression, `ENV` for the prefix of variables. */
  readonly code: string
  /** Variables of the keeper worker, without their prefix. */
  readonly variables: readonly string[]
  /** What a connection brings; `browser`: a person consents; none: the definition has everything. */
  readonly credential: readonly string[] | 'browser'
  /** Values for the practice API, where not any text will do: by field. */
  readonly practice?: Readonly<Record<string, string>> | undefined
  /** It is handed over in the file `credential.json`, for a key has several lines; the command makes one to practise with. */
  readonly file?: { readonly command: string } | undefined
  /** The name under which the keeper worker has a function for it. */
  readonly customAuth?: string | undefined
}

const CLIENT = `clientId: secret('env:ENV_CLIENT_ID'),
    clientSecret: secret('env:ENV_CLIENT_SECRET'),`

/** Every kind of authentication, those that are met most often first. */
export const AUTH_TEMPLATES: readonly AuthTemplate[] = [
  {
    kind: 'api-key',
    title: 'an API key in a header',
    imports: ['apiKey'],
    code: `apiKey({ in: 'header', name: 'X-Api-Key' })`,
    variables: [],
    credential: ['apiKey'],
  },
  {
    kind: 'authorization-code',
    title: 'OAuth 2.0: a person consents in a browser',
    imports: ['authorizationCode', 'secret'],
    code: `authorizationCode({
    authorizationUrl: \`\${BASE}/authorize\`,
    tokenUrl: \`\${BASE}/token\`,
    ${CLIENT}
    scope: 'records.read',
  })`,
    variables: ['CLIENT_ID', 'CLIENT_SECRET'],
    credential: 'browser',
  },
  {
    kind: 'client-credentials',
    title: 'OAuth 2.0: one client for all accounts',
    imports: ['clientCredentials', 'secret'],
    code: `clientCredentials({
    tokenUrl: \`\${BASE}/token\`,
    ${CLIENT}
  })`,
    variables: ['CLIENT_ID', 'CLIENT_SECRET'],
    credential: [],
  },
  {
    kind: 'refresh-token',
    title: 'OAuth 2.0: a refresh token that you have',
    imports: ['refreshToken', 'secret'],
    code: `refreshToken({
    tokenUrl: \`\${BASE}/token\`,
    ${CLIENT}
    rotation: 'rotating',
  })`,
    variables: ['CLIENT_ID', 'CLIENT_SECRET'],
    credential: ['refreshToken'],
  },
  {
    kind: 'basic',
    title: 'a user name and a password (HTTP Basic)',
    imports: ['basic'],
    code: 'basic()',
    variables: [],
    credential: ['username', 'password'],
  },
  {
    kind: 'headers',
    title: 'headers that join several values',
    imports: ['headers'],
    code: `headers({
    headers: { Authorization: 'Token {user}:{token}' },
    fields: { user: 'plain', token: 'secret' },
  })`,
    variables: [],
    credential: ['user', 'token'],
  },
  {
    kind: 'login-flow',
    title: 'a login that answers with a session',
    imports: ['loginFlow'],
    code: `loginFlow({
    credential: ['user', 'password'],
    steps: [
      {
        name: 'login',
        method: 'POST',
        url: '/session',
        body: { json: { login: '{user}', password: '{password}' } },
        take: { minutes: { json: 'idleMinutes' } },
      },
    ],
    token: { cookies: ['SESSION'] },
    lifetime: { value: 'minutes', form: 'minutes' },
    logout: { method: 'DELETE', url: '/session' },
  })`,
    variables: [],
    credential: ['user', 'password'],
  },
  {
    kind: 'hmac',
    title: 'requests signed with a shared secret',
    imports: ['hmac'],
    code: `hmac({
    algorithm: 'hmac-sha256',
    text: '{timestamp}\\n{method}\\n{target}\\n{body}',
    encoding: 'hex',
    timestamp: 'seconds',
    fields: ['keyId'],
    headers: { 'X-Timestamp': '{timestamp}', Authorization: 'HMAC {keyId}:{signature}' },
  })`,
    variables: [],
    credential: ['keyId', 'secret'],
  },
  {
    kind: 'jwt',
    title: 'a token that you sign yourself',
    imports: ['jwt'],
    code: `jwt({
    algorithm: 'HS256',
    keyFormat: 'hex',
    header: { kid: '{keyId}' },
    fields: ['keyId'],
    lifetimeMs: 300_000,
  })`,
    variables: [],
    credential: ['keyId', 'key'],
    practice: { key: '0123456789abcdef'.repeat(4) },
  },
  {
    kind: 'jwt-bearer',
    title: 'OAuth 2.0: an assertion that you sign (RFC 7523)',
    imports: ['jwtBearer'],
    code: `jwtBearer({
    tokenUrl: \`\${BASE}/token\`,
    assertion: { alg: 'ES256' },
  })`,
    variables: [],
    credential: ['issuer', 'privateKey'],
    file: {
      command: `node -e "const {privateKey}=require('node:crypto').generateKeyPairSync('ec',{namedCurve:'P-256'}); console.log(JSON.stringify({issuer:'practice',privateKey:privateKey.export({type:'pkcs8',format:'pem'})}))" > credential.json`,
    },
  },
  {
    kind: 'oauth1',
    title: 'OAuth 1.0a: requests signed by application and account',
    imports: ['oauth1', 'secret'],
    code: `oauth1({
    signatureMethod: 'HMAC-SHA256',
    consumerKey: secret('env:ENV_CONSUMER_KEY'),
    consumerSecret: secret('env:ENV_CONSUMER_SECRET'),
  })`,
    variables: ['CONSUMER_KEY', 'CONSUMER_SECRET'],
    credential: ['token', 'tokenSecret'],
  },
  {
    kind: 'aws-sigv4',
    title: 'requests signed for AWS',
    imports: ['awsSigV4'],
    code: `awsSigV4({ service: 'execute-api', region: 'eu-central-1' })`,
    variables: [],
    credential: ['accessKeyId', 'secretAccessKey'],
    practice: { accessKeyId: 'AKIAPRACTICE' },
  },
  {
    kind: 'custom',
    title: 'a function of your own',
    imports: ['custom'],
    code: `custom('own', { fields: ['token'] })`,
    variables: [],
    credential: ['token'],
    customAuth: 'own',
  },
  {
    kind: 'none',
    title: 'no credential at all',
    imports: ['none'],
    code: 'none()',
    variables: [],
    credential: [],
  },
]

export function authTemplate(kind: string): AuthTemplate | undefined {
  return AUTH_TEMPLATES.find((one) => one.kind === kind)
}
