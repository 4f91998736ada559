/** The segment of a path that is an id: `plink_…`, `cs_test_…`. */
const ID = /^(?:plink|cs|pi|pm|ch|py|re|dp|du|cus|prod|price|txn|evt|we)_\w+$/;

/** `GET /v1/refunds/:id` for `GET` and `/v1/refunds/re_1`. */
export const operationOf = ({ method, path }: { method: string; path: string }): string =>
  `${method} ${path
    .split('/')
    .map((segment) => (ID.test(segment) ? ':id' : segment))
    .join('/')}`;
