import type { AuthLike } from '../kind/auth-kind.js'
import {
  type CustomAuthFunctions,
  type CustomAuthRegistry,
  isCustomAuthFunctions,
} from './define-custom-auth.js'

import { type ReportThrown, reportingThrown } from './report-thrown.js'

/** Functions travel with the definition that names them, out of sight of JSON, fingerprints and `inspect`. */
const FUNCTIONS = Symbol('functions')

/** What binding reads of a definition. */
interface NamesFunctions extends AuthLike {
  readonly name: string
  readonly refresh?: unknown
  readonly [FUNCTIONS]?: CustomAuthFunctions | undefined
}

/**
 * A definition with the functions that it names; any other kind's comes back as it is.
 * @throws TypeError where the worker lacks them, with what to register
 */
export function bindCustomAuth<Auth extends AuthLike>(
  auth: Auth,
  registered: CustomAuthRegistry = {},
  report?: ReportThrown,
): Auth {
  if (!namesFunctions(auth)) return auth
  const { name } = auth
  const functions = Object.hasOwn(registered, name) ? registered[name] : undefined
  if (!isCustomAuthFunctions(functions))
    throw new TypeError(
      `it authenticates by custom('${name}'), whose functions this worker lacks: give it customAuth: { '${name}': defineCustomAuth({ authorize }) }`,
    )
  if (auth.refresh !== undefined && functions.mint === undefined)
    throw new TypeError(
      `custom('${name}') has refresh, but the functions registered for it have no mint, so nothing is ever refreshed: take refresh away or register mint`,
    )
  const value = report === undefined ? functions : reportingThrown(name, functions, report)
  return Object.freeze(Object.defineProperty({ ...auth }, FUNCTIONS, { value }))
}

/** The functions of a definition that a worker has bound. */
export function functionsOf(auth: AuthLike): CustomAuthFunctions | undefined {
  return (auth as NamesFunctions)[FUNCTIONS]
}

function namesFunctions(auth: AuthLike): auth is NamesFunctions {
  return auth.kind === 'custom'
}
