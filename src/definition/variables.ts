import { isHostName, isLoopback, LABEL } from './hosts.js'
import { fillTemplate } from './template.js'

/**
 * What a value for `{name}` in a URL may be. `label`: one label of a host. `host`: a host name that
 * `hosts` allows. `origin`: `https://host[:port]` with such a host. `segment`: one part of a path.
 */
export type VariableForm = 'label' | 'host' | 'origin' | 'segment'

/**
 * Where the value of `{name}` in the connector's URLs comes from: a field of the credential that is
 * given at `connect` (`from: 'credential'`), or a value of the token answer (`from: 'answer'`,
 * Salesforce's `instance_url`). `{account}` is always there, as a label.
 */
export interface VariableRule {
  /** @example from: 'answer' */
  readonly from: 'credential' | 'answer'
  /** @example form: 'origin' */
  readonly form: VariableForm
  /**
   * In the token answer, by path; default: the name of the variable.
   * @example path: 'instance_url'
   */
  readonly path?: string | undefined
  /**
   * For hosts and origins: which hosts, as `login.example.com` or `*.example.com`.
   * @example hosts: ['*.salesforce.com']
   */
  readonly hosts?: readonly string[] | undefined
}

export type VariableRules = Readonly<Record<string, VariableRule>>
/** Values by name. They are checked before they get here. */
export type VariableValues = Readonly<Record<string, string>>

const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,200}$/
const ORIGIN = /^(https?):\/\/([A-Za-z0-9.-]+)(?::(\d{1,5}))?$/

/** The one rule that every connector has. */
const ACCOUNT_VARIABLE: Pick<VariableRule, 'form'> = { form: 'label' }

/** Whether a value may stand for a variable: strictly, so that it can't lead a credential elsewhere. */
export function isVariableValue(
  { form, hosts = [] }: Pick<VariableRule, 'form' | 'hosts'>,
  value: string,
): boolean {
  switch (form) {
    case 'label':
      return LABEL.test(value)
    case 'segment':
      return SEGMENT.test(value)
    case 'host':
      return isAllowedHost(value, hosts)
    case 'origin': {
      const [, scheme, host = '', port = ''] = ORIGIN.exec(value) ?? []
      const secure = scheme === 'https' || isLoopback(host)
      return secure && Number(port) <= 65_535 && isAllowedHost(host, hosts)
    }
  }
}

function isAllowedHost(host: string, hosts: readonly string[]): boolean {
  const name = host.toLowerCase()
  if (!isHostName(name)) return false
  if (!isLoopback(name) && !name.split('.').every((label) => LABEL.test(label))) return false
  return hosts.some((allowed) =>
    allowed.startsWith('*.')
      ? name.endsWith(allowed.slice(1).toLowerCase()) && name.length > allowed.length - 1
      : name === allowed.toLowerCase(),
  )
}

/**
 * Fills in a template. Undefined where a value is missing or may not stand there; the caller says
 * which URL it is about.
 */
export function expandTemplate(
  template: string,
  values: VariableValues,
  rules: VariableRules = {},
): string | undefined {
  const missing: string[] = []
  const filled = fillTemplate(template, (name) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    const applied = rule ?? (name === 'account' ? ACCOUNT_VARIABLE : undefined)
    if (applied === undefined || value === undefined || !isVariableValue(applied, value)) {
      missing.push(name)
      return ''
    }
    return value
  })
  return missing.length === 0 ? filled : undefined
}
