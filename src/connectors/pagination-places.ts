import type { Pagination, RequestPlace } from './pagination.js'

/** A part of a request that a style sets, and the path of the definition that says so. */
export interface PlaceSet {
  readonly path: readonly (string | number)[]
  readonly place: RequestPlace
}

/** Everything that a style may put into a request. */
export function paginationPlaces(pagination: Pagination): readonly PlaceSet[] {
  switch (pagination.style) {
    case 'link-header':
    case 'next-url':
      return []
    case 'cursor':
      return [{ path: ['to'], place: pagination.to }]
    case 'offset':
    case 'page-number':
      return [{ path: ['param'], place: pagination.param }, ...ofSize(pagination.size?.param)]
    case 'keyset': {
      const { by, inclusive, size } = pagination
      return [
        ...by.map(({ param }, at) => ({ path: ['by', at, 'param'], place: param })),
        ...(inclusive?.offset === undefined
          ? []
          : [{ path: ['inclusive', 'offset'], place: inclusive.offset }]),
        ...ofSize(size?.param),
      ]
    }
  }
}

function ofSize(place: RequestPlace | undefined): readonly PlaceSet[] {
  return place === undefined ? [] : [{ path: ['size', 'param'], place }]
}
