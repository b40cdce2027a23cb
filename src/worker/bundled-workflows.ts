import { AsyncLocalStorage } from 'node:async_hooks'
import { readFile } from 'node:fs/promises'
import { createContext, runInContext } from 'node:vm'
import type { WorkerOptions } from '@temporalio/worker'

/** What runs on a keeper's task queue by itself; `syncFlow` is wherever its user starts it. */
const NEEDED = ['tokenWorkflow', 'limitWorkflow', 'watermarkWorkflow', 'checkReplayFlow'] as const

/**
 * Without one of them its tasks would fail, and whoever waits for it would wait for ever.
 * @throws TypeError for a bundle of the user's own that lacks a workflow of the keeper's
 */
export async function checkBundledWorkflows(
  bundle: NonNullable<WorkerOptions['workflowBundle']>,
): Promise<void> {
  const names = workflowsIn(
    'code' in bundle ? bundle.code : await readFile(bundle.codePath, 'utf8'),
  )
  const missing = NEEDED.filter((name) => names?.has(name) === false)
  if (missing.length > 0)
    throw new TypeError(
      `workflowBundle: it lacks ${missing.join(', ')}; write \`export { ${NEEDED.join(', ')} } from 'tokenkeeper/workflow'\` into the module that you bundle.`,
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
