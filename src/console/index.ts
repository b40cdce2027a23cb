// tokenkeeper/console: pages for operators, and connect pages for customers.
export type {
  ConnectBrand,
  ConnectPages,
  ConnectPagesOptions,
  ConnectSubject,
  ConnectTexts,
} from './connect/connect-pages-options.js'
export { createConnectPages } from './connect/create-connect-pages.js'
export type {
  Console,
  ConsoleOptions,
  ConsolePerson,
  ConsoleRole,
  OpenIdSignIn,
  OwnSignIn,
  TokenSignIn,
} from './site/console-options.js'
export { createConsole } from './create-console.js'
