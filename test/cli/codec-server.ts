import { readBody, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'

export interface CodecServer {
  readonly origin: string
  readonly asked: readonly {
    readonly path: string
    readonly namespace: string | undefined
    readonly team: string | undefined
  }[]
  readonly stop: () => Promise<void>
}

/** A codec server whose codec changes nothing, for those who have its `Authorization`. */
export async function startCodecServer(authorization: string): Promise<CodecServer> {
  const asked: CodecServer['asked'][number][] = []
  const server = await startLoopbackServer(async (request, response) => {
    if (request.headers.authorization !== authorization) {
      sendJson(response, 401, {})
      return
    }
    const { 'x-namespace': namespace, 'x-team': team } = request.headers
    asked.push({
      path: request.url ?? '',
      namespace: namespace?.toString(),
      team: team?.toString(),
    })
    sendJson(response, 200, JSON.parse(await readBody(request)))
  })
  return { origin: server.origin, asked, stop: () => server.stop() }
}
