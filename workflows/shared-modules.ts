/**
 * All workflow code. It holds no state in its modules, so a keeper worker preloads it: its workflows, which may be
 * many thousands, share one copy. `test/worker/shared-modules.test.ts` holds that no module has state.
 */
import './stack-depth.js'
import './index.js'
