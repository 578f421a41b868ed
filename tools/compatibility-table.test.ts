/** Holds docs/compatibility.md to the code. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COMPATIBILITY_FILE, renderCompatibility, TABLES, tableProblems } from "./compatibility-table.ts";

test("every operation of the SDK is either built or listed with the reason it is not", () => {
  expect(TABLES.flatMap(tableProblems)).toEqual([]);
});

test("an operation in no list, in both lists, or unknown to AWS is reported", () => {
  const table = { service: "X", names: ["A", "B"], supported: ["B", "C"], unsupported: { B: "why" } };
  expect(tableProblems(table)).toEqual([
    "X: C is no operation",
    "X: A is neither built nor unsupported",
    "X: B is both built and unsupported",
  ]);
});

test("what a built operation does not do is said, and of built operations only", () => {
  const table = { service: "X", names: ["A", "B"], supported: ["A"], unsupported: { B: "why" } };
  expect(renderCompatibility([{ ...table, partly: { A: "half" } }])).toContain("| A | yes, but half |");
  expect(tableProblems({ ...table, partly: { B: "half" } })).toEqual(["X: B is partly built but not built"]);
});

test("the committed page is what the code generates", () => {
  expect(readFileSync(COMPATIBILITY_FILE, "utf8")).toBe(renderCompatibility(TABLES));
});
