import { fileURLToPath } from 'node:url'

/** Workflow code that is bundled once for all rows. Rows that time the start of a worker bundle by themselves. */
export type BundleName = 'flows' | 'idle-flow' | 'keeper'

/** For `Worker.create` and for a keeper worker: what `bundle-process.ts` has left. */
export function bundleOf(name: BundleName): { readonly codePath: string } {
  return { codePath: fileURLToPath(new URL(`bundles/${name}.js`, import.meta.url)) }
}
