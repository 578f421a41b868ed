/** Decides, from which pushes were acknowledged and what pulls brought, whether the registry kept its word. Pure. */
import type { Violation } from "./invariants.ts";

/** What a registry acknowledged with 201: a blob or a manifest by its digest, or where a tag points since. */
export interface Acknowledged {
  /** How it is pulled; of a tag, the later acknowledgment holds. */
  readonly reference: string;
  readonly digest: string;
}

export type Pulled =
  /** Of the bytes that came. */
  { readonly digest: string } | { readonly problem: string };

/** I8: everything acknowledged comes with its digest, and a tag with what it was told last. */
export function unpullable(
  acknowledged: readonly Acknowledged[],
  pulled: ReadonlyMap<string, Pulled>,
): readonly Violation[] {
  return [...lastOf(acknowledged)].flatMap(([reference, digest]): readonly Violation[] => {
    const got = pulled.get(reference) ?? { problem: "nobody tried" };
    const broken = (what: string): Violation[] => [{ invariant: "I8", about: reference, what }];
    if ("problem" in got) return broken(`was acknowledged and is not pullable: ${got.problem}`);
    return got.digest === digest ? [] : broken(`was acknowledged as ${digest} and comes as ${got.digest}`);
  });
}

/** The later of two acknowledgments of a tag holds. */
export const lastOf = (acknowledged: readonly Acknowledged[]): ReadonlyMap<string, string> =>
  new Map(acknowledged.map(({ reference, digest }) => [reference, digest]));
