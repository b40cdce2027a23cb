import type * as z from 'zod'
import type { Endpoint, Method } from './connector.js'

type SchemaOption = z.ZodType | undefined

/** What an endpoint may say beside its method and path. */
export type EndpointOptions = Omit<
  Endpoint<string, SchemaOption, SchemaOption, SchemaOption>,
  'method' | 'path'
>
/** A request of this method carries no body. */
export type BodylessOptions = Omit<
  EndpointOptions,
  'body' | 'batch' | 'lookup' | 'results' | 'onUnknown'
>

/** An endpoint with the literal types that `connection<typeof connector>().call()` reads. */
export type EndpointOf<M extends Method, Path extends string, Options> = {
  readonly method: M
  readonly path: Path
} & Readonly<Options>

/** An endpoint read by GET: `get('/orders/{id}.json', { response: z.object({ ... }) })`. */
export function get<const Path extends string, const Options extends BodylessOptions = object>(
  path: Path,
  options?: Options,
): EndpointOf<'GET', Path, Options> {
  return endpoint('GET', path, options)
}

export function post<const Path extends string, const Options extends EndpointOptions = object>(
  path: Path,
  options?: Options,
): EndpointOf<'POST', Path, Options> {
  return endpoint('POST', path, options)
}

export function put<const Path extends string, const Options extends EndpointOptions = object>(
  path: Path,
  options?: Options,
): EndpointOf<'PUT', Path, Options> {
  return endpoint('PUT', path, options)
}

export function patch<const Path extends string, const Options extends EndpointOptions = object>(
  path: Path,
  options?: Options,
): EndpointOf<'PATCH', Path, Options> {
  return endpoint('PATCH', path, options)
}

export function del<const Path extends string, const Options extends EndpointOptions = object>(
  path: Path,
  options?: Options,
): EndpointOf<'DELETE', Path, Options> {
  return endpoint('DELETE', path, options)
}

function endpoint<M extends Method, Path extends string, Options>(
  method: M,
  path: Path,
  options: Options | undefined,
): EndpointOf<M, Path, Options> {
  return { method, path, ...(options as Options) }
}
