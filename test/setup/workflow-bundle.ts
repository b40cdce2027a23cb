import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker'
import { sharedModulesPath, tolerantConverterPath } from '../../src/worker/workflow-files.js'

/** Where test processes get the workflow code under test; it is bundled once a run, when it is first wanted. */
export interface BundleServer {
  /** Answers a {@link WorkflowBundleWithSourceMap} as JSON. */
  readonly url: string
  close(): Promise<void>
}

/** Serves the bundle on a free loopback port. Bundling takes seconds of processor time: no process does it twice. */
export async function startBundleServer(): Promise<BundleServer> {
  let bundling: Promise<WorkflowBundleWithSourceMap> | undefined
  const server = createServer((_request, response) => {
    bundling ??= bundle()
    bundling.then(
      (made) => response.end(JSON.stringify(made)),
      (error: unknown) => {
        console.error(error)
        response.writeHead(500).end()
      },
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function bundle(): Promise<WorkflowBundleWithSourceMap> {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker')
  return await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../integration/workflows.ts', import.meta.url)),
    payloadConverterPath: tolerantConverterPath(),
    preloadModules: [sharedModulesPath()],
    logger: new DefaultLogger('WARN'),
  })
}

/** The bundle that {@link startBundleServer} serves. */
export async function fetchBundle(url: string): Promise<WorkflowBundleWithSourceMap> {
  const response = await fetch(url)
  if (!response.ok) throw new Error('the workflow code under test could not be bundled')
  return (await response.json()) as WorkflowBundleWithSourceMap
}
