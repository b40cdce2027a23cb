/** The task queue of the flow worker. */
export const FLOW_TASK_QUEUE = 'demo-flows'

/** Each flow and how many of the shop's orders are its share. */
export const SHARES: Readonly<Record<string, number>> = { north: 1300, south: 1200, web: 1100 }

export const FLOWS: readonly string[] = Object.keys(SHARES)

export const ORDERS_PER_PAGE = 25

/** How long the shop takes for a page: slow enough that tokens die while it is read. */
export const PAGE_DELAY_MS = 320

export const ACCESS_TOKEN_SECONDS = 6
