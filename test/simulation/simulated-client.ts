import { heartbeatClient } from '../activities/activity-bench.js'
import type { TokenHost } from './token-host.js'
import type { VirtualClock } from './virtual-clock.js'

const ON_ITS_WAY_MS = 10

/** The client of activities: heartbeats are stored, token workflows answer queries and take signals. */
export function simulatedClient(
  clock: VirtualClock,
  tokensOf: (workflowId: string) => TokenHost,
): object {
  return {
    ...heartbeatClient([]),
    withDeadline: (_atMs: number, work: () => unknown) => work(),
    workflow: {
      getHandle: (id: string) => ({
        query: async (name: string, value: unknown): Promise<unknown> => {
          await clock.sleep(ON_ITS_WAY_MS)
          return tokensOf(id).query(name, value)
        },
        signal: async (name: string, message: unknown): Promise<void> => {
          await clock.sleep(ON_ITS_WAY_MS)
          tokensOf(id).signal(name, message)
        },
      }),
    },
  }
}
