/** The task queue of the flow worker. */
export const FLOW_TASK_QUEUE = 'demo-flows'

/** Each flow of a chapter and how many of the shop's orders are its share. */
export type Shares = Readonly<Record<string, number>>

/** Chapter one: tokens die, one is revoked, a key is rotated, the keeper is killed. */
export const FIRST: Shares = { north: 1300, south: 1200, web: 1100 }

/** Chapter two: the grant dies, the shop has enough, the keeper is restarted. */
export const SECOND: Shares = { east: 900, west: 800, late: 500 }

/** The flow of chapter two that does not wait for its connection. */
export const IMPATIENT = 'late'
export const IMPATIENT_WAITS = '3s'

/** What the shop says in chapter two when it has enough. */
export const RETRY_AFTER_SECONDS = 10

export const ORDERS_PER_PAGE = 25

/** How long the shop takes for a page: slow enough that tokens die while it is read. */
export const PAGE_DELAY_MS = 320

export const ACCESS_TOKEN_SECONDS = 6
