/** What the types need of a schema: the input and output of a zod type, without zod. */
interface SchemaLike {
  readonly _zod: { readonly input: unknown; readonly output: unknown }
}

interface EndpointLike {
  readonly path: string
  readonly query?: SchemaLike | undefined
  readonly body?: SchemaLike | undefined
  readonly response?: SchemaLike | undefined
}

/** The shape of a connector that `connection<typeof shopify>()` reads its types from. */
export interface ConnectorLike {
  readonly id: string
  readonly endpoints: Readonly<Record<string, EndpointLike>>
}

type PathParameter<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathParameter<Rest>
  : never

type PathInput<Path extends string> = string extends Path
  ? Readonly<Record<string, unknown>>
  : Readonly<Record<PathParameter<Path>, string | number>>

type InputOf<S> = S extends SchemaLike ? S['_zod']['input'] : unknown
type BodyOf<S> = S extends SchemaLike
  ? { readonly body: S['_zod']['input'] }
  : { readonly body?: unknown }

/** What a call of an endpoint takes: path and query parameters by name, and `body`. */
export type EndpointInput<E extends EndpointLike> = PathInput<E['path']> &
  (E extends { readonly query: infer Q extends SchemaLike }
    ? InputOf<Q>
    : Readonly<Record<string, unknown>>) &
  (E extends { readonly body: infer B extends SchemaLike } ? BodyOf<B> : BodyOf<undefined>)

/** What a call of an endpoint gives: the output of its `response` schema, `unknown` without one. */
export type EndpointOutput<E extends EndpointLike> = E extends {
  readonly response: infer R extends SchemaLike
}
  ? R['_zod']['output']
  : unknown
