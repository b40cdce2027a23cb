/** What may stand on a span, and what it says. Never a text of others, a header, a body or a URL. */
export const SPAN_ATTRIBUTES = {
  'tokenkeeper.connection': 'connector and account, as `shop/acme`',
  'tokenkeeper.generation': 'generation of the token',
  'tokenkeeper.endpoint': "name of the definition's endpoint, or `fetch` for `authorizedFetch`",
  'tokenkeeper.outcome': 'what came of it, in a word',
  'tokenkeeper.cause': 'why it was sent, as in the metric `tokenkeeper.token.requests`',
  'tokenkeeper.attempt': 'which try it is, from 1',
  'tokenkeeper.page': 'number of the page, from 1 at the start of the sync',
  'tokenkeeper.pages': 'pages that are done since the start of the sync',
  'tokenkeeper.records':
    'records of the page; of a slice, those written since the start of the sync',
  'http.request.method': 'method of the request',
  'server.address': 'host that was asked; left out where the credential could stand in it',
  'http.response.status_code': 'status of the answer',
  'error.type':
    'why it failed: a code of [what can go wrong](../errors.md), an HTTP status, a fault of the network (`TIMEOUT`, `ECONNREFUSED` …), or the name of the error',
} as const

export type SpanAttribute = keyof typeof SPAN_ATTRIBUTES

interface SpanDefinition {
  readonly kind: 'internal' | 'client'
  readonly description: string
  readonly attributes: readonly SpanAttribute[]
}

/** All spans, by name. `docs/reference/traces.md` shows this table, and a test holds the two together. */
export const SPANS = {
  'tokenkeeper.token.request': {
    kind: 'internal',
    description:
      'The keeper gets a token. The generation is the one that the connection has until then.',
    attributes: [
      'tokenkeeper.connection',
      'tokenkeeper.generation',
      'tokenkeeper.cause',
      'tokenkeeper.attempt',
      'tokenkeeper.outcome',
      'error.type',
    ],
  },
  'tokenkeeper.token.exchange': {
    kind: 'client',
    description:
      'One HTTP exchange with a provider: a token request, a step of a login, discovery, a verify request, a revocation.',
    attributes: [
      'tokenkeeper.connection',
      'http.request.method',
      'http.response.status_code',
      'error.type',
    ],
  },
  'tokenkeeper.lease.wait': {
    kind: 'internal',
    description:
      'A flow waits for a lease that it has asked for; or an activity asks for one, of a call or with `authorizedFetch`.',
    attributes: ['tokenkeeper.connection', 'tokenkeeper.generation', 'error.type'],
  },
  'tokenkeeper.lease.open': {
    kind: 'internal',
    description:
      'An activity has the lease of its flow confirmed by the token workflow, and opens it.',
    attributes: ['tokenkeeper.connection', 'tokenkeeper.generation', 'error.type'],
  },
  'tokenkeeper.limit.wait': {
    kind: 'internal',
    description: "A request waits for its turn under the connection's limits.",
    attributes: ['tokenkeeper.connection', 'error.type'],
  },
  'tokenkeeper.upstream.request': {
    kind: 'client',
    description: 'One request to an upstream, from its being authorised to its last byte.',
    attributes: [
      'tokenkeeper.connection',
      'tokenkeeper.generation',
      'tokenkeeper.endpoint',
      'http.request.method',
      'server.address',
      'http.response.status_code',
      'error.type',
    ],
  },
  'tokenkeeper.sync.slice': {
    kind: 'internal',
    description: 'A sync moves pages until a lease ends, a report is due, or there are no more.',
    attributes: [
      'tokenkeeper.connection',
      'tokenkeeper.endpoint',
      'tokenkeeper.outcome',
      'tokenkeeper.pages',
      'tokenkeeper.records',
      'error.type',
    ],
  },
  'tokenkeeper.sync.read': {
    kind: 'internal',
    description:
      'A page of a sync is read. It may be read ahead, while the one before it is written.',
    attributes: [
      'tokenkeeper.connection',
      'tokenkeeper.endpoint',
      'tokenkeeper.records',
      'error.type',
    ],
  },
  'tokenkeeper.sync.write': {
    kind: 'internal',
    description: 'A page of a sync is written. The connection is the one that it is read from.',
    attributes: [
      'tokenkeeper.connection',
      'tokenkeeper.endpoint',
      'tokenkeeper.page',
      'tokenkeeper.records',
      'error.type',
    ],
  },
} as const satisfies Record<string, SpanDefinition>

export type SpanName = keyof typeof SPANS
export type SpanAttributes<Name extends SpanName> = {
  readonly [Key in (typeof SPANS)[Name]['attributes'][number]]?: string | number | undefined
}
