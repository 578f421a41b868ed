/** Drops absent members (undefined and null) at every depth; ECS never answers either. */
export function present(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item != null).map(present);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member != null)
      .map(([name, member]) => [name, present(member)]),
  );
}
