/** What a row has to reach, and how its figure reads. */
export interface Promised {
  readonly row: RowId
  readonly what: string
  readonly reach: number
  readonly sense: 'at least' | 'above' | 'at most'
  readonly unit: '' | 'actions' | 'events' | 's' | 'MiB'
  /** It counts, or waits by a clock of its own, and times no work: it may be measured beside others. */
  readonly counts?: true
}

/** The rows of `npm run bench`, in the order of the table. */
export const PROMISES = [
  {
    row: 'call-vs-undici',
    what: 'authorizedFetch in an activity / raw undici, calls per second',
    reach: 0.9,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'call-vs-axios',
    what: 'authorizedFetch in an activity / axios with simple-oauth2, calls per second',
    reach: 1,
    sense: 'above',
    unit: '',
  },
  {
    row: 'call-flow-vs-plain',
    what: 'flows with one call / flows with one plain activity that holds the token, 50 at once, flows per second',
    reach: 0.85,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'call-alone-vs-plain',
    what: 'the same, one flow at a time, time',
    reach: 1.1,
    sense: 'at most',
    unit: '',
  },
  {
    row: 'expired-100',
    what: '100 flows that meet one expired rotating token / 100 plain flows, time until all are done',
    reach: 1.2,
    sense: 'at most',
    unit: '',
  },
  {
    row: 'actions-call-flow',
    what: "a flow with one call, by the server's own counter",
    reach: 2,
    sense: 'at most',
    unit: 'actions',
    counts: true,
  },
  {
    row: 'actions-refresh',
    what: "a refresh that a timer rings for, by the server's own counter",
    reach: 2,
    sense: 'at most',
    unit: 'actions',
    counts: true,
  },
  {
    row: 'actions-lease',
    what: "a flow with one lease by signal, by the server's own counter",
    reach: 3,
    sense: 'at most',
    unit: 'actions',
    counts: true,
  },
  {
    row: 'actions-connect',
    what: "a new connection with a rotating grant, by the server's own counter",
    reach: 6,
    sense: 'at most',
    unit: 'actions',
    counts: true,
  },
  {
    row: 'actions-idle-day',
    what: "a day of a connection that nobody uses, by the server's own counter; a day is 48 s here",
    reach: 4,
    sense: 'at most',
    unit: 'actions',
    counts: true,
  },
  {
    row: 'actions-1m-records',
    what: "a sync of 1,000,000 records, by the server's own counter",
    reach: 60,
    sense: 'at most',
    unit: 'actions',
    counts: true,
  },
  {
    row: 'sync-vs-loop',
    what: 'syncFlow of 2,000 pages / plain Node loop, upstreams that take 5 ms, pages per second',
    reach: 0.9,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'sync-start',
    what: 'syncFlow of one page / flow with one activity that moves it, one at a time, time from start to result',
    reach: 1.8,
    sense: 'at most',
    unit: '',
  },
  {
    row: 'sync-vs-activity-per-page',
    what: 'syncFlow / flow with one activity a page, pages per second',
    reach: 10,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'lease-storm',
    what: '1,000 flows on one expired connection / bare signalling pair, flows per second',
    reach: 0.9,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'lease-alone',
    what: 'one lease / bare round trip of signals, time',
    reach: 1.15,
    sense: 'at most',
    unit: '',
  },
  {
    row: 'events-per-1000-calls',
    what: 'history events of a sync that makes 1,000 calls',
    reach: 25,
    sense: 'at most',
    unit: 'events',
    counts: true,
  },
  {
    row: 'memory-per-token-workflow',
    what: 'cached token workflow / bare workflow with one timer and one handler, memory; at most 250 KiB',
    reach: 1.3,
    sense: 'at most',
    unit: '',
    counts: true,
  },
  {
    row: 'lease-after-kill',
    what: 'start of the new process of a killed keeper worker to the next lease',
    reach: 4,
    sense: 'at most',
    unit: 's',
  },
  {
    row: 'sign-sigv4',
    what: 'a request signed by awsSigV4() / @smithy/signature-v4 alone, time',
    reach: 1.3,
    sense: 'at most',
    unit: '',
  },
  {
    row: 'sign-oauth1',
    what: 'a request signed by oauth1() / npm oauth-1.0a, time',
    reach: 1.3,
    sense: 'at most',
    unit: '',
  },
  {
    row: 'sign-hmac',
    what: 'a request signed by hmac() / createHmac of node:crypto over the same text, time',
    reach: 1.3,
    sense: 'at most',
    unit: '',
  },
  {
    row: 'replay-100',
    what: '100 failed syncs replayed, from the command to the last result',
    reach: 60,
    sense: 'at most',
    unit: 's',
  },
  {
    row: 'pages-link',
    what: '100,000 records by Link headers, syncFlow / plain loop with the same read-ahead, records per second',
    reach: 0.9,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'pages-cursor',
    what: '100,000 records by cursors, syncFlow / plain loop with the same read-ahead, records per second',
    reach: 0.9,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'pages-keyset',
    what: '100,000 records by keyset, syncFlow / plain loop with the same read-ahead, records per second',
    reach: 0.9,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'sync-memory',
    what: 'keeper worker in a sync of 1,000,000 records, memory above the idle worker',
    reach: 150,
    sense: 'at most',
    unit: 'MiB',
    counts: true,
  },
  {
    row: 'limit-use',
    what: 'requests of ten flows on one leaky-bucket limit / what it allows',
    reach: 0.85,
    sense: 'at least',
    unit: '',
    counts: true,
  },
  {
    row: 'bulkhead-sync',
    what: 'a refresh and a call of a healthy connection beside 110 syncs of an upstream that takes 4 s a page / alone, time, the worse',
    reach: 1.5,
    sense: 'at most',
    unit: '',
  },
  {
    row: 'bulkhead-token',
    what: 'the same beside 150 connections whose token endpoint hangs',
    reach: 1.5,
    sense: 'at most',
    unit: '',
  },
  {
    row: 'sync-0ms',
    what: 'syncFlow / plain loop with the same read-ahead, upstreams that take no time, the worst of six shapes of pages',
    reach: 0.75,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'sync-5ms',
    what: 'syncFlow / plain loop with the same read-ahead, upstreams that take 5 ms, the worst of six shapes of pages',
    reach: 0.93,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'sync-read-ahead',
    what: 'syncFlow with readAhead of 4 pages / plain loop with one, an API that takes 20 ms a page, records per second',
    reach: 2,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'peers',
    what: 'authorizedFetch in an activity / raw undici, calls per second; ahead of a token in Redis, fetch, openid-client and axios',
    reach: 0.95,
    sense: 'at least',
    unit: '',
  },
  {
    row: 'keeper-start-2000',
    what: "start of a keeper's process until a connection answers, with 2,000 healthy connections / with none; fewer than 20 queries",
    reach: 1.5,
    sense: 'at most',
    unit: '',
  },
  {
    row: 'cold-lease',
    what: 'a lease in a flow: token workflow of some 200 events not in the cache / in the cache',
    reach: 2,
    sense: 'at most',
    unit: '',
  },
  {
    row: 'herd-2000',
    what: '2,000 connections due at once after an outage, 40 flows ask: the last of them / the same without a herd',
    reach: 10,
    sense: 'at most',
    unit: '',
  },
] as const satisfies readonly (Omit<Promised, 'row'> & { readonly row: string })[]

export type RowId = (typeof PROMISES)[number]['row']

/** Whether a figure reaches what was promised. */
export function reaches({ reach, sense }: Promised, value: number): boolean {
  switch (sense) {
    case 'at least':
      return value >= reach
    case 'above':
      return value > reach
    case 'at most':
      return value <= reach
  }
}

/** Whether a row counts and times nothing, so that it may be measured beside others. */
export function isCounting({ counts }: Promised): boolean {
  return counts === true
}
