import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { type AskRedis, redis } from './redis.js'
import { timed } from './work.js'

const LOOK_AGAIN_MS = 20
const LOCK_MS = '10000'

/**
 * Tasks that meet one expired token whose grant rotates, by a lock and the token in Redis, as one writes it by hand, without
 * flows: who has the lock refreshes, the others look again.
 * @returns milliseconds until all are done
 */
export async function refreshUnderLock(
  origin: string,
  account: string,
  tasks: number,
): Promise<number> {
  const ask = await redis()
  const dispatcher = new Agent()
  await ask('SET', `grant:${account}`, `${account}.3600`)
  const tookMs = await timed(() =>
    Promise.all(
      Array.from({ length: tasks }, async () => {
        const authorization = `Bearer ${await tokenOf(ask, origin, account)}`
        const { body, statusCode } = await request(`${origin}/order`, {
          dispatcher,
          headers: { authorization, accept: 'application/json' },
        })
        await body.json()
        if (statusCode !== 200) throw new Error(`a task failed with ${String(statusCode)}`)
      }),
    ),
  )
  await dispatcher.close()
  return tookMs
}

async function tokenOf(ask: AskRedis, origin: string, account: string): Promise<string> {
  for (;;) {
    const token = await ask('GET', `token:${account}`)
    if (token !== '') return token
    if ((await ask('SET', `lock:${account}`, 'me', 'NX', 'PX', LOCK_MS)) === 'OK') break
    await sleep(LOOK_AGAIN_MS)
  }
  const grant = await ask('GET', `grant:${account}`)
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: grant })
  const answer = await request(`${origin}/token`, { method: 'POST', body: form.toString() })
  const { access_token: token, refresh_token: next } = (await answer.body.json()) as {
    readonly access_token: string
    readonly refresh_token: string
  }
  await ask('SET', `grant:${account}`, next)
  await ask('SET', `token:${account}`, token)
  await ask('DEL', `lock:${account}`)
  return token
}
