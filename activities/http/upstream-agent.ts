import { Agent } from 'undici'

export interface UpstreamAgentOptions {
  /** Default 10,000. */
  readonly connectTimeoutMs?: number
  /**
   * `false`: a connection of its own for every request. For requests that must not be repeated: on a
   * kept connection that the server closes in the same instant nobody knows what was received.
   */
  readonly keepAlive?: boolean
}

/** The one way to make an undici dispatcher here: no redirects, no retries, a limit on connecting. */
export function createUpstreamAgent(options: UpstreamAgentOptions = {}): Agent {
  return new Agent({
    connect: { timeout: options.connectTimeoutMs ?? 10_000 },
    ...(options.keepAlive === false ? { pipelining: 0 } : {}),
  })
}
