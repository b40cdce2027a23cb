/** All that a flow worker needs of tokenkeeper: the ready-made flow. */
export { syncFlow } from '../workflows/index.js'
