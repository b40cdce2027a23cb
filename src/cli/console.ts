import type { Command } from 'commander'
import { withExamples } from './frame/help.js'
import { toPortOrAny } from './frame/option-values.js'
import { collect, type TemporalOptions, withTemporalOptions } from './temporal/temporal-options.js'

/** What `tokenkeeper console` takes. */
export interface ConsoleCommandOptions extends TemporalOptions {
  readonly host: string
  readonly port: number
  readonly publicUrl?: string | undefined
  readonly oidcIssuer?: string | undefined
  readonly oidcClientId?: string | undefined
  readonly oidcScope?: string | undefined
  /** `claim=value`, as `groups=ops` or `email=alice@example.com`. */
  readonly operator?: readonly string[] | undefined
  readonly viewer?: readonly string[] | undefined
  readonly connectUrl?: string | undefined
  /** A file. */
  readonly brand?: string | undefined
}

const DEFAULT_CONSOLE_PORT = 8484

/** `tokenkeeper console`: pages for operators, and the pages of connect links. */
export function addConsole(program: Command): void {
  const command = withTemporalOptions(program.command('console'))
    .description('serve pages for operators: connections, syncs, the fleet')
    .option('--host <address>', 'to listen on', '127.0.0.1')
    .option('--port <port>', 'to listen on; 0: any free one', toPortOrAny, DEFAULT_CONSOLE_PORT)
    .option('--public-url <url>', 'the https address that people open, behind a proxy with TLS')
    .option('--oidc-issuer <url>', 'sign-in by OpenID Connect; default: by a start-up token')
    .option('--oidc-client-id <id>', 'as the issuer knows this console')
    .option(
      '--oidc-scope <scope>',
      'default: openid profile email; some issuers want one for groups',
    )
    .option('--operator <claim=value>', 'who may act, as groups=ops; may be repeated', collect)
    .option('--viewer <claim=value>', 'who may look; may be repeated', collect)
    .option('--connect-url <url>', 'serve connect links there, with TOKENKEEPER_LINK_KEYS')
    .option('--brand <file>', 'JSON: name, logoUrl, accentColor and texts of the connect pages')
    .action(async (options: ConsoleCommandOptions) => {
      const { serveConsole } = await import('./serve-console.js')
      await serveConsole(options)
    })
  withExamples(command, [
    ['tokenkeeper console', 'on this machine; prints the token to sign in with'],
    [
      'tokenkeeper console --host 0.0.0.0 --public-url https://ops.example --oidc-issuer https://login.example --oidc-client-id tk --operator groups=ops',
      'for a team, behind a proxy with TLS',
    ],
  ])
}
