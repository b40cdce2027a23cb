import type { Hono } from 'hono'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import type { ConnectForm } from '../../contract/connect-form.js'
import { type ConnectionRef, formatConnection } from '../../contract/connection-ref.js'
import { toPlain } from '../../contract/foreign-text.js'
import { needOperator } from '../access/need-operator.js'
import { enteredFields, Field } from '../connect/connect-form-view.js'
import {
  operatorOf,
  type ConsoleContext,
  type ConsoleEnv,
  type ConsoleSite,
} from '../site/console-site.js'
import { FormToken, sendView, type View } from '../frame/layout.js'
import { connectionOf, connectionPath } from '../frame/parts.js'

/** `rotate`: the old secret stays until the new one has worked. `connect`: the connection begins anew with it. */
const WAYS = {
  rotate: {
    title: (name: string) => `Rotate the secret of ${name}`,
    text: 'The new secret is tried while the old one stays current. Only when it has worked does it take its place.',
    button: 'Rotate',
  },
  connect: {
    title: (name: string) => `Re-authorise ${name}`,
    text: 'The credential is tried, and flows that are parked go on when it works.',
    button: 'Re-authorise',
  },
} as const

type Way = keyof typeof WAYS

/** Forms with the fields of the kind, by which operators give a connection a credential. */
export function addCredentialRoutes(app: Hono<ConsoleEnv>, site: ConsoleSite): void {
  for (const way of ['rotate', 'connect'] as const) {
    const path = `/connections/:connector/:account/${way}`
    app.get(path, needOperator(site), async (c) => {
      const ref = connectionOf(c)
      const form = await formOf(site, ref)
      return await sendView(c, site, formView(c, site, ref, way, form))
    })
    app.post(path, needOperator(site), async (c) => {
      const ref = connectionOf(c)
      const form = await formOf(site, ref)
      const { allow_other: allowOther, ...body } = await c.req.parseBody()
      const fields = enteredFields(form.fields, body)
      const { connector, account } = ref
      const options = {
        actor: operatorOf(c.get('person')),
        allowOtherAccount: allowOther === 'yes' ? true : undefined,
      }
      try {
        const { unchanged } = await site.keeper[way](connector, account, fields, options)
        const done = unchanged === true ? 'unchanged' : 'connected'
        return c.redirect(`${connectionPath(site, ref)}?done=${done}`, 303)
      } catch (error) {
        if (!(error instanceof TokenkeeperError)) throw error
        site.onFailed?.(error)
        return await sendView(c, site, formView(c, site, ref, way, form, { error, fields }))
      }
    })
  }
}

/** The form of a connection that there is: asking for the form alone would start its workflow. */
async function formOf({ keeper }: ConsoleSite, ref: ConnectionRef): Promise<ConnectForm> {
  await keeper.status(ref.connector, ref.account)
  return await keeper.connectLinks.form(ref)
}

function formView(
  c: ConsoleContext,
  site: ConsoleSite,
  ref: ConnectionRef,
  way: Way,
  form: ConnectForm,
  before?: {
    readonly error: TokenkeeperError
    readonly fields: Readonly<Record<string, string>>
  },
): View {
  const name = formatConnection(ref)
  const { title, text, button } = WAYS[way]
  return {
    title: title(name),
    status: before === undefined ? 200 : 422,
    body: (
      <>
        <h1>{title(name)}</h1>
        <p>{text}</p>
        {before !== undefined && (
          <p class="problem" id="problem" role="alert">
            {toPlain(before.error.message)} <code>{toPlain(before.error.code, 80)}</code>
          </p>
        )}
        <form class="fields" method="post" action={`${connectionPath(site, ref)}/${way}`}>
          <FormToken token={c.get('formToken')} />
          {form.fields.map((field) => (
            <Field
              field={field}
              brand={{ text: () => 'optional' }}
              value={before?.fields[field.name]}
              isWrong={before !== undefined}
            />
          ))}
          {form.fields.length === 0 && <p>This kind of authentication takes nothing.</p>}
          <p>
            <label class="check">
              <input type="checkbox" name="allow_other" value="yes" /> The account at the provider
              may be another one than before
            </label>
          </p>
          <div class="actions">
            <button class="primary">{button}</button>
            <a class="button" href={connectionPath(site, ref)}>
              Leave it
            </a>
          </div>
        </form>
      </>
    ),
  }
}
