export { syncFlow } from 'tokenkeeper/workflow'
