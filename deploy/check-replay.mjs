#!/usr/bin/env node
// Replays histories of a Temporal namespace with the workflow code that is installed here: whether running workflows
// would go on after an upgrade. Reads only. Run it with the new version, before the new version is deployed:
//
//   node node_modules/tokenkeeper/deploy/check-replay.mjs
//   node node_modules/tokenkeeper/deploy/check-replay.mjs --task-queue flows --workflows out/workflows.js
//
// Where Temporal is, it takes from Temporal's own variables and configuration file. Exit code 1 where a workflow would
// not go on. With a payload codec of your own, call Worker.runReplayHistories with it instead.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { keeperPayloadConverterPath } from 'tokenkeeper/worker'

const { values } = parseArgs({
  options: {
    'task-queue': { type: 'string', default: 'tokenkeeper' },
    workflows: { type: 'string' },
    query: { type: 'string', default: "ExecutionStatus = 'Running'" },
    limit: { type: 'string', default: '1000' },
  },
})
const workflowsPath =
  values.workflows === undefined
    ? fileURLToPath(import.meta.resolve('tokenkeeper/workflow'))
    : resolve(values.workflows)
const payloadConverterPath = keeperPayloadConverterPath()
const logger = new DefaultLogger('ERROR')
Runtime.install({ logger })

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await Connection.connect(connectionOptions)
const client = new Client({ connection, namespace })
const workflowBundle = await bundleWorkflowCode({ workflowsPath, payloadConverterPath, logger })

/** Those in which a workflow task has been done: the replayer would wait for ever for the first one. */
async function* histories() {
  const query = `TaskQueue = '${values['task-queue']}' AND (${values.query})`
  let left = Number(values.limit)
  for await (const run of client.workflow.list({ query }).intoHistories()) {
    const done = run.history.events?.some((event) => event.workflowTaskCompletedEventAttributes)
    if (done) yield run
    if (--left <= 0) return
  }
}

let replayed = 0
let failed = 0
const options = { workflowBundle, dataConverter: { payloadConverterPath } }
for await (const { workflowId, runId, error } of Worker.runReplayHistories(options, histories())) {
  if (error === undefined) replayed += 1
  else {
    failed += 1
    console.log(`${workflowId} (run ${runId}) would not go on: ${error.message}`)
  }
}
console.log(`${replayed} histories can be replayed, ${failed} can not.`)
await connection.close()
process.exitCode = failed === 0 ? 0 : 1
