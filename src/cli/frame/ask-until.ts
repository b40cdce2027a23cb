import { setTimeout as delay } from 'node:timers/promises'

const ASK_EVERY_MS = 250

/** Asks again and again, and gives the first answer that is done, or the last one when the time is over. */
export async function askUntil<Answer>(
  ask: () => Promise<Answer>,
  isDone: (answer: Answer) => boolean,
  waitMs: number,
): Promise<Answer> {
  const untilMs = Date.now() + waitMs
  for (;;) {
    const answer = await ask()
    if (isDone(answer) || Date.now() > untilMs) return answer
    await delay(ASK_EVERY_MS)
  }
}
