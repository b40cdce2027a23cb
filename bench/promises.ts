import type { Promised } from './promised.js'
import { SYNC_PROMISES } from './sync-promises.js'

/** The rows of `npm run bench`, in the order of the table. */
export const PROMISES = [
  {
    row: 'call-vs-undici',
    what: 'authorizedFetch in an activity / raw undici, calls per second',
    reach: 0.9,
    quickReach: 0.7,
    sense: 'at least',
  },
  {
    row: 'call-vs-axios',
    what: 'authorizedFetch in an activity / axios with simple-oauth2, calls per second',
    reach: 1,
    sense: 'above',
  },
  {
    row: 'call-flow-vs-plain',
    what: 'flows with one call / flows with one plain activity that holds the token, 50 at once, flows per second',
    reach: 0.85,
    quickReach: 0.6,
    sense: 'at least',
  },
  {
    row: 'call-alone-vs-plain',
    what: 'the same, one flow at a time, time',
    reach: 1.1,
    quickReach: 2,
  },
  {
    row: 'expired-100',
    what: '100 flows that meet one expired rotating token / 100 plain flows, time until all are done',
    reach: 1.2,
    quickReach: 2,
  },
  {
    row: 'actions-call-flow',
    what: "a flow with one call, by the server's own counter",
    reach: 2,
    unit: 'actions',
    beside: 'counts',
  },
  {
    row: 'actions-refresh',
    what: "a refresh that a timer rings for, by the server's own counter",
    reach: 2,
    unit: 'actions',
    beside: 'counts',
  },
  {
    row: 'actions-lease',
    what: "a flow with one lease by signal, by the server's own counter",
    reach: 3,
    unit: 'actions',
    beside: 'counts',
  },
  {
    row: 'actions-connect',
    what: "a new connection with a rotating grant, by the server's own counter",
    reach: 6,
    unit: 'actions',
    beside: 'counts',
  },
  {
    row: 'actions-idle-day',
    what: "a day of a connection that nobody uses, by the server's own counter; a day is 48 s here",
    reach: 4,
    unit: 'actions',
    beside: 'counts',
    isLong: true,
  },
  {
    row: 'actions-1m-records',
    what: "a sync of 1,000,000 records, by the server's own counter",
    reach: 60,
    unit: 'actions',
    beside: 'counts',
  },
  {
    row: 'lease-storm',
    what: '1,000 flows on one expired connection / bare signalling pair, flows per second',
    reach: 0.9,
    quickReach: 0.6,
    sense: 'at least',
  },
  {
    row: 'lease-alone',
    what: 'one lease / bare round trip of signals, time',
    reach: 1.15,
    quickReach: 1.5,
  },
  {
    row: 'memory-per-token-workflow',
    what: 'cached token workflow / bare workflow with one timer and one handler, memory; at most 250 KiB',
    reach: 1.3,
    quickReach: 2,
    beside: 'counts',
    isLong: true,
  },
  {
    row: 'lease-after-kill',
    what: 'start of the new process of a killed keeper worker to the next lease',
    reach: 4,
    quickReach: 10,
    unit: 's',
  },
  {
    row: 'sign-sigv4',
    what: 'a request signed by awsSigV4() / @smithy/signature-v4 alone, time',
    reach: 1.3,
    quickReach: 1.6,
  },
  {
    row: 'sign-oauth1',
    what: 'a request signed by oauth1() / npm oauth-1.0a, time',
    reach: 1.3,
    quickReach: 1.6,
  },
  {
    row: 'sign-hmac',
    what: 'a request signed by hmac() / createHmac of node:crypto over the same text, time',
    reach: 1.3,
    quickReach: 1.6,
  },
  {
    row: 'bulkhead-sync',
    what: 'a refresh and a call of a healthy connection beside 110 syncs of an upstream that takes 4 s a page / alone, time, the worse',
    reach: 1.5,
    quickReach: 5,
  },
  {
    row: 'bulkhead-token',
    what: 'the same beside 150 connections whose token endpoint hangs',
    reach: 1.5,
    quickReach: 5,
  },
  {
    row: 'peers',
    what: 'authorizedFetch in an activity / raw undici, calls per second; ahead of a token in Redis, fetch, openid-client and axios',
    reach: 0.95,
    quickReach: 0.7,
    sense: 'at least',
  },
  {
    row: 'keeper-start-2000',
    what: "start of a keeper's process until a connection answers, with 2,000 healthy connections / with none; fewer than 20 queries",
    reach: 1.5,
    quickReach: 2.5,
    shares: 'fleet',
    isLong: true,
  },
  {
    row: 'cold-lease',
    what: 'a lease in a flow: token workflow of some 200 events not in the cache / in the cache',
    reach: 2,
    quickReach: 4,
  },
  {
    row: 'herd-2000',
    what: '2,000 connections due at once after an outage, 40 flows ask: the last of them / the same without a herd',
    reach: 10,
    shares: 'fleet',
    isLong: true,
  },
  ...SYNC_PROMISES,
] as const satisfies readonly Promised[]

export type RowId = (typeof PROMISES)[number]['row']

/** What a row has to reach. */
export function promiseOf(row: RowId): Promised {
  const found: Promised | undefined = PROMISES.find((promised) => promised.row === row)
  if (found === undefined) throw new TypeError(`no row ${row}`)
  return found
}
