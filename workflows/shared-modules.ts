/**
 * Workflow code that holds no state in its modules. A keeper worker preloads it, so that its workflows, which may
 * be many thousands, share one copy. `test/worker/shared-modules.test.ts` holds that nothing here reaches a module
 * with state.
 */
import './stack-depth.js'
import './flow/ask-again.js'
import './flow/cancelled-call.js'
import './flow/lease-holder.js'
import './flow/lease-options.js'
import './flow/read-reply.js'
import './flow/rejections.js'
import './flow/token-channel.js'
import './limit/limit-workflow.js'
import './sync/check-sync-input.js'
import './sync/describe-progress.js'
import './sync/pausable.js'
import './sync/run-sync.js'
import './sync/sync-failure.js'
import './sync/sync-meter.js'
import './sync/sync-waits.js'
import './sync/watermark-workflow.js'
import './token/token-workflow.js'
