/** A request's condition keys. Their names are case-insensitive; the values are not. `evaluate` makes one per request. */
export type RequestContext = { readonly get: (key: string) => readonly string[] | undefined };

export function requestContext(
  written: Readonly<Record<string, string | readonly string[]>>,
): RequestContext {
  const values = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(written)) {
    values.set(key.toLowerCase(), typeof value === "string" ? [value] : value);
  }
  return { get: (key) => values.get(key.toLowerCase()) };
}
