import { createHash } from 'node:crypto'
import { createSigner, httpbis } from 'http-message-signatures'
import { defineCustomAuth } from 'tokenkeeper'
import { custom, defineConnector } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** HTTP message signatures (RFC 9421), by a function of your own. */
export const ticketsByMessageSignature = defineConnector({
  ...tickets,
  auth: custom('message-signature', {
    fields: ['keyId', 'key'],
    options: { label: 'sig1', components: ['@method', '@target-uri', 'content-digest'] },
  }),
})

/** The function; a worker has it as `customAuth: { 'message-signature': messageSignature }`. */
export const messageSignature = defineCustomAuth<{ label: string; components: string[] }>({
  carriers: { headers: ['content-digest', 'signature', 'signature-input'] },
  signsTime: true,
  checkFields: ({ key }) =>
    keyBytes(key).length < 32 ? 'key is not base64 of at least 32 bytes' : undefined,
  authorize: async ({ request, secrets, options, now }) => {
    const { url, body } = request
    const headers = without(request.headers, ['content-digest', 'signature', 'signature-input'])
    if (body !== undefined) headers['content-digest'] = contentDigest(body)
    const signed = await httpbis.signMessage(
      {
        key: createSigner(keyBytes(secrets['key']), 'hmac-sha256', secrets['keyId']?.reveal()),
        name: options.label,
        fields: options.components.filter((one) => one !== 'content-digest' || body !== undefined),
        params: ['created', 'keyid'],
        paramValues: { created: new Date(now()) },
      },
      { method: request.method, url, headers },
    )
    return { ...request, headers: signed.headers }
  },
})

function keyBytes(key: { reveal(): string } | undefined): Buffer {
  return Buffer.from(key?.reveal() ?? '', 'base64')
}

/** RFC 9530. */
function contentDigest(body: string): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
}

/** What was signed before must not stand beside what is signed now. */
function without(headers: Record<string, string>, names: readonly string[]) {
  const entries = Object.entries(headers)
  return Object.fromEntries(entries.filter(([name]) => !names.includes(name.toLowerCase())))
}
