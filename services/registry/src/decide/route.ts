/**
 * Finds out which resource of the distribution API a path names. Read from the right: `blobs`, `tags` and the like may
 * also be parts of a repository's name. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 */

export type Route =
  | { readonly kind: "ping" }
  | { readonly kind: "catalog" }
  | { readonly kind: "blob"; readonly name: string; readonly digest: string }
  | { readonly kind: "uploads"; readonly name: string }
  | { readonly kind: "upload"; readonly name: string; readonly id: string }
  | { readonly kind: "manifest"; readonly name: string; readonly reference: string }
  | { readonly kind: "tags"; readonly name: string }
  | { readonly kind: "referrers"; readonly name: string; readonly digest: string };

const NAME_CHARACTERS_MAX = 256;
const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

export const isRepositoryName = (name: string): boolean =>
  name.length <= NAME_CHARACTERS_MAX && NAME.test(name);
export const isTag = (text: string): boolean => TAG.test(text);

/** Null for a path that names nothing we have. Names and references are not judged here. */
export function parseRoute(path: string): Route | null {
  if (path === "/v2/" || path === "/v2") return { kind: "ping" };
  if (!path.startsWith("/v2/")) return null;
  const parts = decoded(path.slice("/v2/".length));
  if (parts === null) return null;
  if (parts.length === 1 && parts[0] === "_catalog") return { kind: "catalog" };
  return parseNamed(parts);
}

function parseNamed(parts: readonly string[]): Route | null {
  const [third = "", second = "", last = ""] = parts.slice(-3);
  const named = (fromRight: number) => parts.slice(0, -fromRight).join("/");
  if (parts.length > 3 && third === "blobs" && second === "uploads") {
    return last === "" ? { kind: "uploads", name: named(3) } : { kind: "upload", name: named(3), id: last };
  }
  if (parts.length < 3 || last === "") return null;
  const name = named(2);
  switch (second) {
    case "blobs":
      return last === "uploads" ? { kind: "uploads", name } : { kind: "blob", name, digest: last };
    case "tags":
      return last === "list" ? { kind: "tags", name } : null;
    case "manifests":
      return { kind: "manifest", name, reference: last };
    case "referrers":
      return { kind: "referrers", name, digest: last };
    default:
      return null;
  }
}

function decoded(path: string): readonly string[] | null {
  if (!path.includes("%")) return path.split("/");
  try {
    return path.split("/").map(decodeURIComponent);
  } catch {
    return null;
  }
}
