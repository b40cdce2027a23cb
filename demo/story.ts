import { setTimeout as sleep } from 'node:timers/promises'
import type { Cast } from './cast.js'
import { playFirstChapter } from './first-chapter.js'
import { playSecondChapter, type SecondChapter } from './second-chapter.js'
import type { Stagehand, Until } from './stagehand.js'

const STORY_LIMIT_MS = 200_000

export interface Story extends SecondChapter {
  /** Workflow ids of all flows. */
  readonly flows: readonly string[]
}

/** Plays both chapters, one after the other. */
export async function playStory(
  cast: Cast,
  { tell, show }: Pick<Stagehand, 'tell' | 'show'>,
): Promise<Story> {
  const place = { waitsFor: 'the first connection' }
  const until: Until = async (waitsFor, holds) => {
    place.waitsFor = waitsFor
    while (!(await holds())) await sleep(40)
  }
  const late = new AbortController()
  const stagehand = { tell, until, show }
  const play = async (): Promise<Story> => {
    const first = await playFirstChapter(cast, stagehand)
    const { flows, ...second } = await playSecondChapter(cast, stagehand)
    return { flows: [...first, ...flows], ...second }
  }
  try {
    return await Promise.race([
      play(),
      sleep(STORY_LIMIT_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error(
          `not done after ${String(STORY_LIMIT_MS / 1000)} s, waiting for ${place.waitsFor}`,
        )
      }),
    ])
  } finally {
    late.abort()
  }
}
