import { expect, test } from "vitest";
import { unpullable } from "./push-invariants.ts";

const A = "sha256:a";
const B = "sha256:b";

const broken = (
  acknowledged: Parameters<typeof unpullable>[0],
  pulled: Readonly<
    Record<string, Parameters<typeof unpullable>[1] extends ReadonlyMap<string, infer P> ? P : never>
  >,
) => unpullable(acknowledged, new Map(Object.entries(pulled))).map(({ about, what }) => `${about} ${what}`);

test("what comes as it was acknowledged breaks nothing", () => {
  expect(broken([{ reference: `r@${A}`, digest: A }], { [`r@${A}`]: { digest: A } })).toEqual([]);
});

test("what does not come, comes as something else, or was never asked for is found", () => {
  const all = ["x", "y", "z"].map((reference) => ({ reference, digest: A }));
  expect(broken(all, { x: { problem: "404" }, y: { digest: B } })).toEqual([
    "x was acknowledged and is not pullable: 404",
    `y was acknowledged as ${A} and comes as ${B}`,
    "z was acknowledged and is not pullable: nobody tried",
  ]);
});

test("a tag is where it was moved last", () => {
  const moved = [A, B].map((digest) => ({ reference: "r:latest", digest }));
  expect(broken(moved, { "r:latest": { digest: B } })).toEqual([]);
  expect(broken(moved, { "r:latest": { digest: A } })).toHaveLength(1);
});
