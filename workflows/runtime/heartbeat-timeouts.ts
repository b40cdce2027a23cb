/**
 * After so long a keeper worker that was killed is missed, and another one takes the activity. Whoever waits for an answer
 * of a command waits that long as well, and a worker may die twice. An activity shows from its third second on, each
 * second, that its worker lives (`keepHeartbeating`); what is quick sends nothing, and no action is billed for it.
 */
export const TOKEN_QUEUE_HEARTBEAT_TIMEOUT = '5s'

/** Of the worker for calls heartbeats reach the server each 5 seconds at most; with `economy` each 8. */
export const WORK_QUEUE_HEARTBEAT_TIMEOUT = '10s'
