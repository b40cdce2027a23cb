/**
 * All workflow code. It holds no state in its modules, so a keeper worker preloads it: its workflows, which may be
 * many thousands, share one copy. `test/worker/shared-modules.test.ts` holds that no module has state.
 */
import './index.js'

/**
 * The SDK takes down a stack, translated by the source map, for every promise of workflow code. Ten frames
 * each are two thirds of the time of a task with many signals, and most of the memory of a workflow that
 * waits. Three frames name the spot and who called it.
 */
Object.assign(Error, { stackTraceLimit: 3 })
