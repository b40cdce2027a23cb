import type { ConnectionStatus } from './token-status.js'

/** What a person does to make a connection work again. */
export type NextAction =
  /** Gives it a credential, or authorises it in a browser, for the first time or again. */
  | 'connect'
  /** Gives it another secret. */
  | 'rotate'
  | 'resume'
  /** Mends the connector's definition, or a secret of it, on the keeper worker. */
  | 'mend-definition'
  /** Gives the keeper workers a sealing key. */
  | 'give-key'
  /** Ends at the provider by hand what could not be ended from here. */
  | 'end-at-provider'

/** One next step, worded for each surface where a person may read it: command line, console, page. */
export interface NextStep {
  readonly action: NextAction
  /** A sentence without its full stop: `Authorise it again`. */
  readonly text: string
  /** To be typed as it is: `npx tokenkeeper connect shop/acme`. */
  readonly command?: string | undefined
  /** For applications: `TokenkeeperClient.connect`. */
  readonly call?: string | undefined
  /** For the Web UI and the `temporal` CLI: `tokenkeeper.resume`. */
  readonly signal?: string | undefined
}

type Named = Pick<ConnectionStatus, 'connection' | 'authorizes'>

/** @param text what connecting means here */
export function connectStep({ connection, authorizes }: Named, text: string): NextStep {
  return {
    action: 'connect',
    text,
    command: `npx tokenkeeper connect ${connection}`,
    call:
      authorizes === true ? 'TokenkeeperClient.beginAuthorization' : 'TokenkeeperClient.connect',
    signal: authorizes === true ? undefined : 'tokenkeeper.rotate',
  }
}

function rotateStep({ connection }: Named, text: string): NextStep {
  return {
    action: 'rotate',
    text,
    command: `npx tokenkeeper rotate ${connection}`,
    call: 'TokenkeeperClient.rotate',
    signal: 'tokenkeeper.rotate',
  }
}

export function resumeStep({ connection }: Named): NextStep {
  return {
    action: 'resume',
    text: 'Resume it',
    command: `npx tokenkeeper resume ${connection}`,
    call: 'TokenkeeperClient.resume',
    signal: 'tokenkeeper.resume',
  }
}

/** After the definition is mended, the command tries at once what is otherwise tried by itself. */
export function mendStep({ connection }: Named): NextStep {
  return {
    action: 'mend-definition',
    text: 'Mend the connector, restart the keeper worker, and try it',
    command: `npx tokenkeeper refresh ${connection}`,
    call: 'TokenkeeperClient.refresh',
    signal: 'tokenkeeper.refresh',
  }
}

/** `Resume it: npx tokenkeeper resume shop/acme (in code TokenkeeperClient.resume, as a signal tokenkeeper.resume).` */
export function stepSentence({ text, command, call, signal }: NextStep): string {
  const others = [
    call === undefined ? undefined : `in code ${call}`,
    signal === undefined ? undefined : `as a signal ${signal}`,
  ].filter((one) => one !== undefined)
  const beside = others.length === 0 ? '' : ` (${others.join(', ')})`
  return command === undefined ? `${text}.` : `${text}: ${command}${beside}.`
}

/** What has to be known of a connection whose credential the upstream refuses. */
type RefusalFacts = Pick<
  ConnectionStatus,
  'connection' | 'kind' | 'authorizes' | 'refreshes' | 'refused'
>

const CREDENTIALS: Readonly<Record<string, string>> = {
  'api-key': 'API key',
  basic: 'user name and password',
  headers: 'credential',
  hmac: 'signing key',
  jwt: 'signing key',
  'aws-sigv4': 'access key',
  oauth1: 'OAuth 1.0 token',
}

/** What a credential of the connection's kind is called. */
export function credentialName({ kind = '' }: Pick<ConnectionStatus, 'kind'>): string {
  return CREDENTIALS[kind] ?? 'credential'
}

/** Says that the upstream refuses the credential, and how. */
export function refusalSentence(status: RefusalFacts): string {
  const { connection, refreshes, refused } = status
  const what = refreshes === true ? 'even fresh tokens' : `the ${credentialName(status)}`
  const how = refused === undefined ? '' : ` (HTTP ${refused.status} to ${refused.endpoint})`
  return `The upstream refuses ${what} of ${connection}${how}.`
}

/** What a person does about it. */
export function remedyOfRefusal(status: RefusalFacts): NextStep {
  return status.refreshes === true
    ? connectStep(
        status,
        'Look at scopes, audience and base URL; where they are right, authorise it again',
      )
    : rotateStep(
        status,
        `The ${credentialName(status)} was taken away or has expired at the provider, or is of another account: give it a new one`,
      )
}
