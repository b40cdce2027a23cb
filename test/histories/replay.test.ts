import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from '@temporalio/worker'
import { describe, expect, it } from 'vitest'
import { hasBegun, replayRuns, type Run } from '../integration/replay-runs.js'
import { testBundle } from '../integration/stage.js'

const folder = fileURLToPath(new URL('.', import.meta.url))
const files = (await readdir(folder)).filter((name) => name.endsWith('.json'))

describe('stored histories replay with the workflow code of today', () => {
  it('of every workflow', () => {
    expect(files.some((name) => name.startsWith('token-workflow'))).toBe(true)
    expect(files.some((name) => name.startsWith('sync-flow'))).toBe(true)
    expect(files.some((name) => name.startsWith('flow-'))).toBe(true)
  })

  it.each(files)('%s', async (file) => {
    const history = JSON.parse(await readFile(`${folder}/${file}`, 'utf8')) as Run['history']
    expect(hasBegun({ history })).toBe(true)
    await Worker.runReplayHistory({ workflowBundle: await testBundle() }, history)
  })

  it('and one whose first workflow task is not done yet is passed over, not waited for', async () => {
    const text = await readFile(`${folder}/watermark-workflow.json`, 'utf8')
    const { events } = JSON.parse(text) as Run['history']
    const history = { events: events?.slice(0, 3) ?? [] }
    await replayRuns(await testBundle(), [{ workflowId: 'new', history }])
  })

  it('and a history that does not fit is noticed', async () => {
    const text = await readFile(`${folder}/sync-flow-dying-tokens.json`, 'utf8')
    const other = text.replaceAll('tokenkeeper.describe', 'tokenkeeper.other').replaceAll('tokenkeeper.sync', 'tokenkeeper.other').replaceAll('tokenkeeper.call', 'tokenkeeper.other')
    await expect(
      Worker.runReplayHistory({ workflowBundle: await testBundle() }, JSON.parse(other)),
    ).rejects.toThrow()
  })
})
