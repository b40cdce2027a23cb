import type { Sending, SendLimits } from '../../activities/network/send-request.js'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import type { Fate } from './schedule.js'
import type { SimulatedAnswer, SimulatedRequest } from './simulated-upstreams.js'
import type { VirtualClock } from './virtual-clock.js'

/** A server behind the simulated network: what it does with a request, and what happens to the ones that come. */
export interface SimulatedServer {
  readonly answer: (request: SimulatedRequest, nowMs: number) => SimulatedAnswer
  readonly fates: Fate[]
  readonly paceMs: number
}

/** The longest that a request takes to get to its server: leases end earlier than their tokens by more. */
const ARRIVAL_MS = 90

/**
 * Sends one request as the real thing would, on the clock of the simulation. `isSenderAlive`: what a
 * dead worker's requests come to is told to nobody.
 */
export async function sendSimulated(
  clock: VirtualClock,
  server: SimulatedServer,
  outgoing: OutgoingRequest,
  { signal, timeoutMs }: SendLimits,
  random: () => number,
  isSenderAlive: () => boolean,
): Promise<Sending> {
  if (signal.aborted) return { outcome: 'failed', fault: 'ABORTED', sent: false }
  const fate = server.fates.shift() ?? { kind: 'ok' }
  const sending = await new Promise<Sending>((resolve) => {
    const abort = (): void => {
      resolve({ outcome: 'failed', fault: 'ABORTED', sent: true })
    }
    signal.addEventListener('abort', abort)
    void toServer(clock, server, outgoing, timeoutMs, random, fate).then((answer) => {
      signal.removeEventListener('abort', abort)
      resolve(answer)
    })
  })
  return isSenderAlive() ? sending : await new Promise<never>(() => undefined)
}

async function toServer(
  clock: VirtualClock,
  server: SimulatedServer,
  { method, url, headers, body }: OutgoingRequest,
  timeoutMs: number,
  random: () => number,
  fate: Fate,
): Promise<Sending> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  const request = {
    method,
    url,
    headers: Object.fromEntries(lower) as Record<string, string>,
    body: body ?? '',
  }
  await clock.sleep(Math.floor(random() * ARRIVAL_MS))
  if (fate.kind === 'refused') return { outcome: 'failed', fault: 'ECONNREFUSED', sent: false }
  if (fate.kind === 'reset-before') return { outcome: 'failed', fault: 'ECONNRESET', sent: true }
  if (fate.kind === 'limited')
    return toSending({ status: 429, headers: { 'retry-after': String(fate.seconds) } })
  if (fate.kind === 'broken') return toSending({ status: 503 })
  const answer = server.answer(request, clock.now())
  const takesMs = fate.kind === 'slow' ? fate.ms : Math.floor(random() * server.paceMs)
  await clock.sleep(fate.kind === 'hang' ? timeoutMs : Math.min(takesMs, timeoutMs))
  if (fate.kind === 'reset-after') return { outcome: 'failed', fault: 'ECONNRESET', sent: true }
  if (fate.kind === 'hang') return { outcome: 'failed', fault: 'TIMEOUT', sent: true }
  return toSending(fate.kind === 'broken-after' ? { status: 500 } : answer)
}

function toSending({ status, headers = {}, body }: SimulatedAnswer): Sending {
  const text = body === undefined ? '' : JSON.stringify(body)
  const bytes = Buffer.from(text)
  return { outcome: 'answered', status, headers: { ...headers }, body: bytes, received: bytes }
}
