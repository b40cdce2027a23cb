import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, type BundleOptions, DefaultLogger } from '@temporalio/worker'
import { keeperPayloadConverterPath } from '../src/worker/compose-payload-converter.js'
import { sharedModulesPath, workflowsPath } from '../src/worker/workflow-files.js'
import { type BundleName, bundleOf } from './bundles.js'

const BUNDLES: Readonly<Record<BundleName, BundleOptions>> = {
  flows: { workflowsPath: besideThis('flows.js') },
  'idle-flow': { workflowsPath: besideThis('idle-flow.js') },
  // As a keeper worker bundles it by itself.
  keeper: {
    workflowsPath: workflowsPath(),
    payloadConverterPath: keeperPayloadConverterPath(),
    preloadModules: [sharedModulesPath()],
  },
}

for (const [name, options] of Object.entries(BUNDLES) as [BundleName, BundleOptions][]) {
  const { code } = await bundleWorkflowCode({ ...options, logger: new DefaultLogger('ERROR') })
  const { codePath } = bundleOf(name)
  await mkdir(dirname(codePath), { recursive: true })
  await writeFile(codePath, code)
}

function besideThis(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
