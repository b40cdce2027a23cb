import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import type { SyncResult } from '../../contract/sync.js'
import { EXIT } from '../frame/exit-codes.js'
import { type Look, showOrWatch, type View, type WatchOptions } from '../frame/output.js'
import { progressLines } from './progress-lines.js'
import type { Line } from '../terminal/styled-line.js'
import { wrapTo } from '../terminal/text-width.js'
import type { OpenKeeper } from '../temporal/with-keeper.js'

const EVERY_S = 1

/** Shows how far a sync is, until it ends: then what came of it. Exit code 3 where it is not done. */
export async function watchSync(
  { client, keeper }: OpenKeeper,
  workflowId: string,
  options: WatchOptions,
): Promise<void> {
  const look = async (): Promise<Look & { readonly isDone: boolean }> => {
    const report = await keeper.progress(workflowId).catch((error: unknown) => {
      if (error instanceof TokenkeeperError && error.code === 'SyncEnded') return undefined
      throw error
    })
    if (report !== undefined) {
      const value = { workflowId, ...report }
      return { value, lines: (view) => progressLines(workflowId, report, view), isDone: true }
    }
    return await ended()
  }
  const ended = async (): Promise<Look & { readonly isDone: boolean }> => {
    const handle = client.workflow.getHandle<() => Promise<SyncResult>>(workflowId)
    const { status } = await handle.describe()
    const how = status.name.toLowerCase().replaceAll('_', ' ')
    if (status.name === 'COMPLETED') {
      const result = await handle.result()
      const value = { workflowId, state: how, ...result }
      return {
        value,
        lines: (view) => resultLines(workflowId, result, view),
        isLast: true,
        isDone: true,
      }
    }
    const value = { workflowId, state: how }
    const lines = (): readonly Line[] => [
      [`${workflowId}: `, { text: how, style: 'bad' }],
      `  tokenkeeper replay ${workflowId} goes on at its place`,
    ]
    return { value, lines, isLast: true, isDone: false }
  }
  const watch = options.watch ?? EVERY_S
  const { isDone } = await showOrWatch({ ...options, watch }, look)
  if (!isDone) process.exitCode = EXIT.failed
}

function resultLines(workflowId: string, result: SyncResult, view: View): readonly Line[] {
  const { pages, read, written, setAside, setAsideRecords, warnings = [] } = result
  const aside = setAsideRecords.map(({ id, reason }) => `set aside ${id}: ${reason}`)
  const texts = [
    `pages ${pages}, read ${read}, written ${written}${setAside === 0 ? '' : `, set aside ${setAside}`}`,
    ...aside,
    ...warnings.map((warning) => `warning: ${warning}`),
  ]
  return [
    [`${workflowId}: `, { text: 'done', style: 'good' }],
    ...texts.flatMap((text) => wrapTo(text, view.columns - 2).map((line) => `  ${line}`)),
  ]
}
