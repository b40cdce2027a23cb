import type { OpenedConnectLink } from '../../client/connect-links.js'
import {
  type ConnectField,
  type ConnectForm,
  KEY_FILE_FIELDS,
} from '../../contract/connect-form.js'
import { toPlain } from '../../contract/foreign-text.js'
import type { Brand } from './brand.js'

/** Goes before the names of fields, so that they differ from names of the page's own. */
const PREFIX = 'field.'

/** The fields that are left to ask for: what the link brings is not asked. */
export function askedFields(
  { fields }: ConnectForm,
  { variables = {} }: Pick<OpenedConnectLink, 'variables'>,
): readonly ConnectField[] {
  return fields.filter(({ name }) => !Object.hasOwn(variables, name))
}

/** A credential with one of these names a secret of the keeper worker, or one that was sealed elsewhere: nobody types that. */
const NEVER_ENTERED = ['reference', 'sealed']

/** What was entered, by the names of the fields; what was left empty is left out. */
export function enteredFields(
  fields: readonly ConnectField[],
  body: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const entered: Record<string, string> = {}
  for (const { name, multiline } of fields) {
    if (NEVER_ENTERED.includes(name)) continue
    const value = body[`${PREFIX}${name}`]
    if (typeof value !== 'string') continue
    // A value that is pasted often brings a space or a line break along.
    const text = multiline === true ? `${value.replace(/\r\n/g, '\n').trim()}\n` : value.trim()
    if (text.trim() !== '') entered[name] = text
  }
  const names = [...fields.map(({ name }) => name), ...KEY_FILE_FIELDS]
  return withKeyFile(
    entered,
    names.filter((name) => !NEVER_ENTERED.includes(name)),
  )
}

/**
 * A key file (Google's is a JSON object) that was pasted in place of the key: its texts are the fields, as far
 * as they have the names of such a file or of the form.
 */
function withKeyFile(
  entered: Record<string, string>,
  names: readonly string[],
): Record<string, string> {
  const { privateKey, ...others } = entered
  if (privateKey?.trim().startsWith('{') !== true) return entered
  try {
    const file = JSON.parse(privateKey) as Readonly<Record<string, unknown>>
    const texts = Object.entries(file).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' && names.includes(entry[0]),
    )
    // Without a key in it, it is what was entered: the keeper worker says that this is no key.
    return texts.length === 0 ? entered : { ...Object.fromEntries(texts), ...others }
  } catch {
    return entered
  }
}

/** One field with its label, help and link. A secret is never drawn again. */
export function Field({
  field,
  brand,
  value,
  isWrong = false,
}: {
  field: ConnectField
  brand: Pick<Brand, 'text'>
  value?: string | undefined
  isWrong?: boolean | undefined
}) {
  const { name, label, help, link, placeholder, secret, optional, multiline } = field
  const id = `field-${name}`
  const helpId = help === undefined && link === undefined ? undefined : `${id}-help`
  const described = [helpId, isWrong ? 'problem' : undefined].filter((one) => one !== undefined)
  const shared = {
    id,
    name: `${PREFIX}${name}`,
    placeholder,
    required: optional !== true,
    autocomplete: 'off',
    autocapitalize: 'none',
    'aria-describedby': described.length === 0 ? undefined : described.join(' '),
  } as const
  return (
    <div class="field">
      <label for={id}>
        {toPlain(label, 100)}
        {optional === true && <span class="quiet"> ({brand.text('optional')})</span>}
      </label>
      {multiline === true ? (
        <textarea {...shared} rows={6}>
          {secret === true ? '' : (value ?? '')}
        </textarea>
      ) : (
        <input
          {...shared}
          type={secret === true ? 'password' : 'text'}
          value={secret === true ? undefined : value}
        />
      )}
      {helpId !== undefined && (
        <p class="help" id={helpId}>
          {help !== undefined && toPlain(help, 500)}
          {link !== undefined && (
            <>
              {' '}
              <a href={link.url} target="_blank" rel="noopener noreferrer">
                {toPlain(link.label, 100)}
              </a>
            </>
          )}
        </p>
      )}
    </div>
  )
}
