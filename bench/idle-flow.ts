import { defineQuery, setHandler, sleep } from '@temporalio/workflow'

/** One timer and one handler: the least that a workflow which waits can be. */
export async function idleFlow(): Promise<void> {
  setHandler(defineQuery<boolean>('idle'), () => true)
  await sleep('1 hour')
}
