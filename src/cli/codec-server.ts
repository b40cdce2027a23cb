import type { Command } from 'commander'
import type { CodecServerOptions } from './codec-server/serve-codec.js'
import { withExamples } from './frame/help.js'
import { toPortOrAny } from './frame/option-values.js'
import { collect } from './temporal/temporal-options.js'

const DEFAULT_CODEC_PORT = 8485
/** Where `temporal server start-dev` and `tokenkeeper dev` have the Web UI. */
const DEV_ORIGINS = ['http://localhost:8233', 'http://127.0.0.1:8233']

/** `tokenkeeper codec-server`: for the Web UI and the CLI of Temporal, says what sealed values are. */
export function addCodecServer(program: Command): void {
  const command = program
    .command('codec-server')
    .description("for Temporal's Web UI and CLI: show what sealed values are; none is opened")
    .option('--host <address>', 'to listen on', '127.0.0.1')
    .option('--port <port>', 'to listen on; 0: any free one', toPortOrAny, DEFAULT_CODEC_PORT)
    .option('--public-url <url>', 'the https address that a proxy with TLS gives it')
    .option(
      '--origin <url>',
      'of the Web UI, whose pages may ask; may be repeated (default: port 8233 of this machine)',
      collect,
    )
    .option('--no-token', 'ask for no token; for this machine alone')
    .option('--codec-endpoint <url>', 'a codec server of your own, which decodes before')
    .option('--codec-auth <header>', 'its Authorization header; better by TOKENKEEPER_CODEC_AUTH')
    .action(async (options: Omit<CodecServerOptions, 'origin'> & Partial<CodecServerOptions>) => {
      const { serveCodec } = await import('./codec-server/serve-codec.js')
      await serveCodec({ ...options, origin: options.origin ?? DEV_ORIGINS })
    })
  withExamples(command, [
    ['tokenkeeper codec-server', 'on this machine; prints its token and how to ask it'],
    [
      'tokenkeeper codec-server --origin https://temporal.example --public-url https://codec.example --host 0.0.0.0',
      'for a team, behind a proxy with TLS',
    ],
  ])
}
