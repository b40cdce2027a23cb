import { AsyncLocalStorage } from 'node:async_hooks'
import { readFile } from 'node:fs/promises'
import { createContext, runInContext } from 'node:vm'
import type { WorkerOptions } from '@temporalio/worker'

/** What runs on a keeper's task queue by itself; `syncFlow` is wherever its user starts it. */
const NEEDED_WORKFLOWS = [
  'tokenWorkflow',
  'limitWorkflow',
  'watermarkWorkflow',
  'checkReplayFlow',
  'keeperReportFlow',
  'previewSyncFlow',
  'noticesWorkflow',
] as const

/** `exports.mark` of `workflows/payload-converter.cjs`. */
const CONVERTER_MARK = 'tokenkeeper: tolerant payload converter'

/**
 * Without one of them its tasks would fail, and whoever waits for it would wait for ever; without the
 * converter one signal that can't be decoded would stall its connection for ever.
 * @throws TypeError for a bundle of the user's own that lacks a workflow of the keeper's, or its converter
 */
export async function checkBundledWorkflows(
  bundle: NonNullable<WorkerOptions['workflowBundle']>,
): Promise<void> {
  const code = 'code' in bundle ? bundle.code : await readFile(bundle.codePath, 'utf8')
  const names = workflowsIn(code)
  const missing = NEEDED_WORKFLOWS.filter((name) => names?.has(name) === false)
  if (missing.length > 0)
    throw new TypeError(
      `workflowBundle: it lacks ${missing.join(', ')}; write \`export { ${NEEDED_WORKFLOWS.join(', ')} } from 'tokenkeeper/workflow'\` into the module that you bundle.`,
    )
  if (names !== undefined && !code.includes(CONVERTER_MARK))
    throw new TypeError(
      `workflowBundle: it lacks the payload converter of a keeper; make it by bundleWorkflowCode({ …, payloadConverterPath: keeperPayloadConverterPath() }), or keeperPayloadConverterPath('./your-converter') where you have one of your own. It is exported by 'tokenkeeper'.`,
    )
}

/** Undefined where the bundle can't be read here: what is wrong with it is for `Worker.create` to say. */
function workflowsIn(code: string): ReadonlySet<string> | undefined {
  const globals = { AbortController, AsyncLocalStorage, TextDecoder, TextEncoder, URL }
  const context = createContext({ ...globals, URLSearchParams, __webpack_module_cache__: {} })
  try {
    runInContext(code, context)
    const names: unknown = runInContext('Object.keys(__TEMPORAL__.importWorkflows())', context)
    return new Set(names as readonly string[])
  } catch {
    return undefined
  }
}
