import type { Dispatcher } from 'undici'

/** Reads a body as text, or gives up past the limit (in bytes) with undefined. */
export async function readBody(
  response: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<string | undefined> {
  const { body, headers } = response
  const announced = Number(headers['content-length'])
  if (announced > maxBytes) {
    body.destroy()
    return undefined
  }
  if (Number.isFinite(announced)) return await body.text()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) {
      body.destroy()
      return undefined
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
