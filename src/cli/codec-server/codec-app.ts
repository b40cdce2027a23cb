import type { PayloadCodec } from '@temporalio/common'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import {
  fromPayloadJson,
  type PayloadJson,
  readPayloads,
  toPayloadJson,
} from '../temporal/payload-json.js'
import { CodecAccess, type CodecPlace, SIGN_IN_HEADERS, signInPage } from './codec-access.js'
import { explainPayload, holdsExplained } from './explain-payload.js'

interface CodecAppOptions extends CodecPlace {
  /** A codec of the user's own, by namespace: it decodes before, and encodes alone. */
  readonly codecOf?: ((namespace: string) => PayloadCodec) | undefined
}

/** Temporal takes no message that is larger than 4 MiB; base64 adds a third, and a page has many payloads. */
const MAX_BODY_BYTES = 16 * 1024 * 1024
const MAX_SIGN_IN_BYTES = 4096
/** As the Web UI sends them: https://docs.temporal.io/production-deployment/data-encryption#cors */
const ALLOWED_HEADERS = 'Content-Type, X-Namespace, Authorization, Authorization-Extras'
/** It may stand in the path of the user's own codec server: no `..`. */
const NAMESPACE = /^(?!\.{1,2}$)[\w.-]{1,255}$/

/**
 * The protocol that Temporal's CLI and Web UI speak: POST of payloads to `/decode` and `/encode`, also below the
 * name of a namespace. Decoding puts in the place of each sealed value what it is; nothing is ever opened, since no
 * key is here.
 */
export function createCodecApp(options: CodecAppOptions): Pick<Hono, 'fetch'> {
  const access = new CodecAccess(options)
  const app = new Hono()
  app.use(codecDoor(options))
  app.get('/', (c) => signInPage(c, access.isOpen ? 'open' : 'asked'))
  app.post('/sign-in', bodyLimit({ maxSize: MAX_SIGN_IN_BYTES }), async (c) => {
    const { token } = await c.req.parseBody()
    return signInPage(c, access.signIn(c, token) ? 'done' : 'refused')
  })
  for (const way of ['decode', 'encode'] as const)
    app.on(
      'POST',
      [`/${way}`, `/:namespace/${way}`],
      async (c, next) => {
        if (access.allows(c)) return next()
        return refuseRequest(c, 401, 'this codec server wants its token: Authorization: Bearer …')
      },
      bodyLimit({
        maxSize: MAX_BODY_BYTES,
        onError: (c) => refuseRequest(c, 413, 'more payloads than a codec server takes at once'),
      }),
      async (c) => await convert(c, way, options.codecOf),
    )
  app.notFound((c) =>
    refuseRequest(c, 404, 'this codec server answers POST /decode and POST /encode'),
  )
  app.onError((error, c) =>
    refuseRequest(c, 502, error instanceof TokenkeeperError ? error.message : 'that went wrong'),
  )
  return app
}

async function convert(
  c: Context,
  way: 'decode' | 'encode',
  codecOf: CodecAppOptions['codecOf'],
): Promise<Response> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
    return refuseRequest(c, 415, 'send payloads as application/json')
  const given = readPayloads(await c.req.json().catch(() => undefined))
  if (given === undefined) return refuseRequest(c, 400, 'send {"payloads":[…]}')
  const namespace = c.req.header('x-namespace') ?? c.req.param('namespace') ?? 'default'
  if (!NAMESPACE.test(namespace))
    return refuseRequest(c, 400, 'X-Namespace is no name of a namespace')
  const codec = codecOf?.(namespace)
  if (way === 'encode' && given.some(holdsExplained))
    return refuseRequest(
      c,
      400,
      'a sealed value can be shown, but not sent back: put the sealed text itself in the place of {"sealedValue":…}',
    )
  const through = (payloads: PayloadJson[]): Promise<PayloadJson[]> | PayloadJson[] =>
    codec === undefined ? payloads : converted(codec, way, payloads)
  const payloads = await through(given)
  return c.json({ payloads: way === 'decode' ? payloads.map(explainPayload) : payloads })
}

async function converted(
  codec: PayloadCodec,
  way: 'decode' | 'encode',
  payloads: PayloadJson[],
): Promise<PayloadJson[]> {
  return (await codec[way](payloads.map(fromPayloadJson))).map(toPayloadJson)
}

/** What comes before everything: the name that was asked for, and the page that asks. */
function codecDoor({ origins, hosts, secure }: CodecPlace): MiddlewareHandler {
  const own = hosts.map((host) => `${secure ? 'https' : 'http'}://${host}`)
  return async (c, next) => {
    for (const [name, value] of Object.entries(SIGN_IN_HEADERS)) c.header(name, value)
    // DNS rebinding: a page of another site that points its name at this address has a name of its own.
    if (!hosts.includes(c.req.header('host')?.toLowerCase() ?? ''))
      return refuseRequest(
        c,
        421,
        `ask for this codec server by its own address: ${own.join(', ')}`,
      )
    const origin = c.req.header('origin')
    const isPage = origin !== undefined
    const mayAsk = isPage && origins.includes(origin)
    c.header('Vary', 'Origin')
    if (mayAsk) {
      c.header('Access-Control-Allow-Origin', origin)
      c.header('Access-Control-Allow-Credentials', 'true')
    }
    const isOwn = isPage && own.includes(origin)
    if (isPage && !mayAsk && !isOwn)
      return refuseRequest(
        c,
        403,
        'pages of this origin may not ask: start it with --origin for them',
      )
    if (c.req.method !== 'OPTIONS') return next()
    c.header('Access-Control-Allow-Methods', 'POST')
    c.header('Access-Control-Allow-Headers', ALLOWED_HEADERS)
    // Chromium asks before a page of the internet reaches this machine.
    if (c.req.header('access-control-request-private-network') === 'true')
      c.header('Access-Control-Allow-Private-Network', 'true')
    c.header('Access-Control-Max-Age', '600')
    return c.body(null, 204)
  }
}

/** The Web UI and the CLI show the text of an answer that is no success. */
function refuseRequest(
  c: Context,
  status: 400 | 401 | 403 | 404 | 413 | 415 | 421 | 502,
  why: string,
) {
  return c.text(`tokenkeeper: ${why}`, status)
}
