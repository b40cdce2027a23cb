import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkBundledWorkflows } from '../../src/worker/bundled-workflows.js'
import { keeperPayloadConverterPath } from '../../src/worker/compose-payload-converter.js'
import { workflowsPath } from '../../src/worker/workflow-files.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-bundle-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function bundleOf(source: string): Promise<WorkflowBundle> {
  const file = fileURLToPath(new URL(`fixtures/${source}`, import.meta.url))
  return await bundleWorkflowCode({ workflowsPath: file })
}

describe('a workflow bundle of the user', () => {
  it('with everything that the keeper needs is taken, as text and as a file', async () => {
    const { code } = await bundleWorkflowCode({
      workflowsPath: workflowsPath(),
      payloadConverterPath: keeperPayloadConverterPath(),
    })
    await expect(checkBundledWorkflows({ code })).resolves.toBeUndefined()
    const codePath = join(folder, 'bundle.js')
    await writeFile(codePath, code)
    await expect(checkBundledWorkflows({ codePath })).resolves.toBeUndefined()
  })

  it('without the converter that never stalls a connection is refused with how to make it', async () => {
    const bundle = await bundleWorkflowCode({ workflowsPath: workflowsPath() })
    await expect(checkBundledWorkflows(bundle)).rejects.toThrow(
      /payloadConverterPath: keeperPayloadConverterPath\(\)/,
    )
  })

  it('that only uses the package, and exports a part of it, is refused with what to write', async () => {
    const bundle = await bundleOf('some-workflows.ts')
    await expect(checkBundledWorkflows(bundle)).rejects.toThrow(
      /lacks limitWorkflow, watermarkWorkflow, checkReplayFlow, keeperReportFlow, previewSyncFlow, noticesWorkflow; write `export \{ tokenWorkflow, .* 'tokenkeeper\/workflow'`/,
    )
  })

  it('that is none is left for Temporal to judge', async () => {
    await expect(checkBundledWorkflows({ code: 'no bundle at all' })).resolves.toBeUndefined()
  })
})
