// tokenkeeper/console: pages for operators, and connect pages for customers.
export type {
  Console,
  ConsoleOptions,
  ConsolePerson,
  ConsoleRole,
  OpenIdSignIn,
  OwnSignIn,
  TokenSignIn,
} from './console-options.js'
export { createConsole } from './create-console.js'
