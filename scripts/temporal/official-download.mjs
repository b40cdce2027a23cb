// @ts-check
import { TestWorkflowEnvironment } from '@temporalio/testing'

// A program of its own, so that a download that never begins can be killed: the SDK offers no way to cancel it.
const [method, downloadDir] = process.argv.slice(2)
if ((method !== 'createLocal' && method !== 'createTimeSkipping') || downloadDir === undefined) {
  throw new Error('usage: official-download.mjs <createLocal | createTimeSkipping> <folder>')
}
const executable = { type: /** @type {const} */ ('cached-download'), downloadDir }
const environment = await TestWorkflowEnvironment[method]({ server: { executable } })
await environment.teardown()
