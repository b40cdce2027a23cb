import assert from 'node:assert/strict'
import { SignatureV4 } from '@smithy/signature-v4'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import { NodeSha256 } from '../../src/auth/aws/sign-request.js'
import { awsSigV4Kind } from '../../src/auth/aws-sigv4.js'
import { awsSigV4 } from '../../src/connectors/index.js'
import { compareSigning, orderRequest, secretFields, signing, SIGNED_AT_MS } from '../signing.js'
import type { Measured } from '../statistics.js'

const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'bench/secret/of/forty/characters/+012345',
}

/** @smithy/signature-v4 alone, given the request in the form that it takes. */
export function measure(): Promise<Measured> {
  const auth = awsSigV4({ service: 'execute-api', region: 'eu-central-1' })
  const token = secretFields(CREDENTIALS)
  const signer = new SignatureV4({
    service: auth.service,
    region: auth.region,
    credentials: CREDENTIALS,
    sha256: NodeSha256,
    applyChecksum: false,
  })
  return compareSigning({
    input: () => {
      const request = orderRequest()
      const { method, url, headers, body } = request
      const { 'accept-encoding': _unsigned, ...signed } = headers
      const smithy = {
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { ...signed, host: url.host },
        body,
      }
      return { request, smithy }
    },
    ours: ({ request }) => awsSigV4Kind.authorize(request, token, auth, signing),
    reference: ({ smithy }) => signer.sign(smithy, { signingDate: new Date(SIGNED_AT_MS) }),
    check: (ours, reference) => {
      const theirs = (reference as Pick<OutgoingRequest, 'headers'>).headers['authorization']
      assert.equal((ours as OutgoingRequest).headers['authorization'], theirs)
    },
  })
}
