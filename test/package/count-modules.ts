/** What `import 'tokenkeeper/client'` evaluates, in a process of its own. */
export const COUNT_MODULES = `
import { register } from 'node:module'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
const hooks = \`let port
export async function initialize(data) { port = data }
export async function load(url, context, next) { port.postMessage(url); return await next(url, context) }\`
const { port1, port2 } = new MessageChannel()
const url = 'data:text/javascript,' + encodeURIComponent(hooks)
register(url, import.meta.url, { data: port2, transferList: [port2] })
const native = []
const { dlopen } = process
process.dlopen = (module, file, ...more) => { native.push(file); return dlopen(module, file, ...more) }
const { TokenkeeperClient } = await import('tokenkeeper/client')
const urls = []
for (let read = receiveMessageOnPort(port1); read; read = receiveMessageOnPort(port1)) urls.push(read.message)
const own = urls.filter((one) => one.includes('/tokenkeeper/dist/'))
console.log(JSON.stringify({ client: typeof TokenkeeperClient, own, native }))
process.exit(0)
`
