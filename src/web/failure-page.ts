import type { AuthorizationCode } from '../contract/authorization.js'
import { TokenkeeperError } from '../client/errors/tokenkeeper-error.js'
import type { WebPage } from './page.js'

type FailureText = Omit<WebPage, 'code' | 'links'> & {
  /** Starting again may help. */
  readonly again: boolean
}

const NOTHING_CONNECTED = 'Nothing was connected.'

const UNAVAILABLE: FailureText = {
  status: 503,
  title: 'Not available right now',
  text: [
    `The part of this application that keeps connections does not answer. ${NOTHING_CONNECTED}`,
    'Please try again in some minutes. If it stays like this, tell the people who run this application.',
  ],
  again: true,
}

const PROVIDER_DOWN: FailureText = {
  status: 503,
  title: 'The other service does not answer',
  text: [
    `You gave access, but the service that was to be connected could not be reached, or was too busy. ${NOTHING_CONNECTED}`,
    'Please start again in some minutes.',
  ],
  again: true,
}

const UNDER_WAY: FailureText = {
  status: 503,
  title: 'It is not known yet whether it worked',
  text: [
    'You gave access, and the service that is to be connected has not answered clearly yet. This application goes on trying by itself.',
    'Go back to the application and look in some minutes. If the account is not connected by then, start again.',
  ],
  again: false,
}

const NOT_ACCEPTED: FailureText = {
  status: 502,
  title: 'The other service did not accept it',
  text: [
    `The service that was to be connected refused the last step. ${NOTHING_CONNECTED}`,
    'Start again. If it happens again, tell the people who run this application, with the code below.',
  ],
  again: true,
}

const UNKNOWN_CONNECTION: FailureText = {
  status: 404,
  title: 'There is nothing to connect here',
  text: [
    `This application knows no connection of this name that a browser can make. ${NOTHING_CONNECTED}`,
    'Check the link, or go back to where it came from.',
  ],
  again: false,
}

const STATE_UNKNOWN: FailureText = {
  status: 400,
  title: 'This answer belongs to nothing that was started here',
  text: [
    `The address you came back with does not fit any connection that is being made, or it was changed on its way. ${NOTHING_CONNECTED}`,
    'Go back to the application and start again.',
  ],
  again: false,
}

const FAILURE_TEXTS: Readonly<Record<AuthorizationCode | (string & {}), FailureText>> = {
  AuthorizationDenied: {
    status: 403,
    title: 'Access was not given',
    text: [
      `The other service says that access was refused. ${NOTHING_CONNECTED}`,
      'If that was not meant, start again and allow access.',
    ],
    again: true,
  },
  AuthorizationFailed: NOT_ACCEPTED,
  AuthorizationStateUnknown: STATE_UNKNOWN,
  NotConnected: STATE_UNKNOWN,
  AuthorizationUsed: {
    status: 409,
    title: 'This was used before',
    text: [
      'Each start leads back here once, and this one has been here already. Nothing was changed by coming again.',
      'If the page before this one said that it is connected, all is well and you can close this page. If not, start again.',
    ],
    again: true,
  },
  AuthorizationExpired: {
    status: 410,
    title: 'That took too long',
    text: [
      `Access has to be given within 10 minutes after the start. ${NOTHING_CONNECTED}`,
      'Start again, and finish it in one go.',
    ],
    again: true,
  },
  AuthorizationOfSomeoneElse: {
    status: 403,
    title: 'This was not started in this browser',
    text: [
      `The connection was started in another browser, or this one keeps no cookies. ${NOTHING_CONNECTED}`,
      'Start again, and finish in the same browser with cookies allowed. If you did not start it and somebody sent you here, close this page.',
    ],
    again: true,
  },
  IssuerMismatch: {
    status: 400,
    title: 'The answer came from the wrong place',
    text: [
      `The answer names another service than the one that was asked. It was not used. ${NOTHING_CONNECTED}`,
      'Start again. If it happens again, tell the people who run this application: it can be an attack.',
    ],
    again: true,
  },
  OtherAccount: {
    status: 409,
    title: 'That is another account',
    text: [
      'You signed in to the other service with another account than the one that was connected before. Nothing was changed.',
      'Sign out there, start again and sign in with the account of before. If the account is meant to change, tell the people who run this application.',
    ],
    again: true,
  },
  NoRefreshToken: {
    status: 502,
    title: 'Access was given for a short time only',
    text: [
      `The other service gave access that can not be kept alive, so it would end soon. ${NOTHING_CONNECTED}`,
      'Remove this application from the list of connected applications there, and start again. If that does not help, tell the people who run this application.',
    ],
    again: true,
  },
  UnknownConnector: UNKNOWN_CONNECTION,
  InvalidConnection: UNKNOWN_CONNECTION,
  InvalidInput: UNKNOWN_CONNECTION,
  NoKeeperWorker: UNAVAILABLE,
  Unavailable: UNAVAILABLE,
  NoPublicKey: UNAVAILABLE,
  SecretUnresolved: UNAVAILABLE,
  KeyMissing: UNAVAILABLE,
  NoKeyHere: UNAVAILABLE,
  /** It was asked for, and the keeper worker did not make its address in time. */
  NotBegun: UNAVAILABLE,
  StillTrying: UNDER_WAY,
  RateLimited: UNDER_WAY,
  /** The handler's own: the keeper holds as many pending authorizations as one connection may have. */
  TooMany: {
    status: 429,
    title: 'Too many starts at once',
    text: [
      `This connection was started many times and never finished. ${NOTHING_CONNECTED}`,
      'Finish one of the starts, or wait 10 minutes and start again.',
    ],
    again: true,
  },
  /** A credential was not taken: too many wait, or it was given before. */
  Refused: {
    status: 409,
    title: 'This can not be done now',
    text: [
      `This connection is being worked on already. Nothing was changed by coming again.`,
      'Go back to the application and look. If the account is not connected in some minutes, start again.',
    ],
    again: true,
  },
  Superseded: {
    status: 409,
    title: 'Something newer was given meanwhile',
    text: [
      'This connection was started again, here or by somebody else, and what was given last counts. What was given before is not tried any more.',
      'Go back to the application and look. If the account is not connected, start again.',
    ],
    again: true,
  },
  ConnectionRevoked: {
    status: 409,
    title: 'This connection was ended meanwhile',
    text: [
      `The people who run this application ended the connection while it was being made. ${NOTHING_CONNECTED}`,
      'If that was not meant, ask them, or start again.',
    ],
    again: true,
  },
  NoAnswer: {
    status: 504,
    title: 'It is not known yet whether it worked',
    text: [
      'The part of this application that keeps connections did not answer in time. The connection may still be made in a moment.',
      'Go back to the application and look. If the account is not connected in some minutes, start again.',
    ],
    again: true,
  },
  /** The handler's own. */
  NotAllowed: {
    status: 403,
    title: 'You may not connect this',
    text: [
      `This application does not let you make this connection, or you are not signed in to it. ${NOTHING_CONNECTED}`,
      'Go back to the application, sign in and start again.',
    ],
    again: false,
  },
  Unexpected: {
    status: 500,
    title: 'Something went wrong here',
    text: [
      'This application failed, and it is not your fault. It may be that the connection was made all the same.',
      'Go back to the application and look. If the account is not connected, start again.',
    ],
    again: true,
  },
}

const PROVIDER_TROUBLE =
  /^(?:http_(?:429|5\d\d)|E[A-Z]{4,}|(?:UND_ERR|PROXY|TUNNEL)_\w+|\w*(?:CERT|UNABLE_TO)_\w+|throttled|server_error|temporarily_unavailable|timeout|not_sent)$/

/** The codes of failures that have a page of their own; others are the provider's. */
export const FAILURE_PAGES: readonly string[] = Object.keys(FAILURE_TEXTS)

/** The page for a failure; a provider's own code (`invalid_grant`, `http_503`) is sorted into two. */
export function failurePage(error: unknown, startUrl: string | undefined): WebPage {
  const code = error instanceof TokenkeeperError ? error.code : 'Unexpected'
  const own = Object.hasOwn(FAILURE_TEXTS, code) ? FAILURE_TEXTS[code] : undefined
  const { again, ...page } = own ?? (PROVIDER_TROUBLE.test(code) ? PROVIDER_DOWN : NOT_ACCEPTED)
  const links = again && startUrl !== undefined ? [{ label: 'Start again', url: startUrl }] : []
  return { ...page, links, code: /^[\w.-]{1,64}$/.test(code) ? code : undefined }
}
