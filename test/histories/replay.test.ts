import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from '@temporalio/worker'
import { describe, expect, it } from 'vitest'
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
    const history: unknown = JSON.parse(await readFile(`${folder}/${file}`, 'utf8'))
    await Worker.runReplayHistory({ workflowBundle: await testBundle() }, history)
  })

  it('and a history that does not fit is noticed', async () => {
    const text = await readFile(`${folder}/sync-flow-dying-tokens.json`, 'utf8')
    const other = text.replaceAll('tokenkeeper.describe', 'tokenkeeper.other').replaceAll('tokenkeeper.sync', 'tokenkeeper.other').replaceAll('tokenkeeper.call', 'tokenkeeper.other')
    await expect(
      Worker.runReplayHistory({ workflowBundle: await testBundle() }, JSON.parse(other)),
    ).rejects.toThrow()
  })
})
