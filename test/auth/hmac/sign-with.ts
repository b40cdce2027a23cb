import { execFileSync } from 'node:child_process'
import type { OutgoingRequest } from '../../../src/auth/kind/auth-kind.js'
import { hmacKind } from '../../../src/auth/hmac.js'
import type { HmacAuth } from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'

/** Runs a line of Python with the standard library's hmac; arguments come as JSON. */
export function python(expression: string, values: readonly string[]): string {
  const program = `import sys, json, hmac, hashlib, base64\nv = json.load(sys.stdin)\nprint(${expression}, end='')`
  return execFileSync('python3', ['-c', program], { input: JSON.stringify(values) }).toString()
}

interface Sent {
  readonly method?: string
  readonly url: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** The request as tokenkeeper signs it; random bytes are 0, 1, 2 and so on. */
export function sign(
  auth: HmacAuth,
  credential: Readonly<Record<string, string>>,
  { method = 'GET', url, headers = {}, body }: Sent,
  nowMs: number,
): OutgoingRequest {
  const token = Object.fromEntries(
    Object.entries(credential).map(([name, text]) => [name, new Secret(text)]),
  )
  const request = {
    method,
    url: new URL(url),
    headers,
    body,
  }
  return hmacKind.authorize(request, token, auth, {
    now: () => nowMs,
    randomBytes: (size) => Uint8Array.from({ length: size }, (_, index) => index),
    resolve: () => Promise.reject(new Error('nothing to resolve')),
  }) as OutgoingRequest
}
