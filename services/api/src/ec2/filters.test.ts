import { describe, expect, test } from "vitest";
import { type FilterTable, filtered } from "./filters.ts";

interface Thing {
  readonly id: string;
  readonly open: boolean;
  readonly Tags?: { readonly Key: string; readonly Value: string }[];
}
const THINGS: readonly Thing[] = [
  { id: "vpc-1", open: true, Tags: [{ Key: "Name", Value: "blue one" }] },
  { id: "vpc-2", open: false, Tags: [{ Key: "Name", Value: "blue two" }] },
  { id: "star*", open: false, Tags: [{ Key: "team", Value: "Name" }] },
];
const TABLE: FilterTable<Thing> = { id: ({ id }) => id, open: ({ open }) => open };
const found = (...filters: readonly (readonly [string, ...string[]])[]) =>
  filtered(
    THINGS,
    filters.map(([Name, ...Values]) => ({ Name, Values })),
    TABLE,
  ).map(({ id }) => id);

describe("a filter", () => {
  test.each([
    [
      ["id", "vpc-1", "star*"],
      ["vpc-1", "star*"],
    ],
    [
      ["id", "vpc-?"],
      ["vpc-1", "vpc-2"],
    ],
    [
      ["id", "*"],
      ["vpc-1", "vpc-2", "star*"],
    ],
    [["id", "star\\*"], ["star*"]],
    [["id", "v*c*2"], ["vpc-2"]],
    [["id", "VPC-1"], []],
    [["id"], []],
    [["open", "true"], ["vpc-1"]],
    [
      ["tag:Name", "blue*"],
      ["vpc-1", "vpc-2"],
    ],
    [["tag:name", "blue*"], []],
    [["tag-key", "team"], ["star*"]],
    [["tag-value", "Name"], ["star*"]],
  ] as const)("%j finds %j", (filter, ids) => {
    expect(found(filter)).toEqual(ids);
  });

  test("holds together with the others", () => {
    expect(found(["tag:Name", "blue*"], ["open", "false"])).toEqual(["vpc-2"]);
  });

  test("of a name that is not known is refused, also where nothing is listed", () => {
    expect(() => found(["toString", "x"])).toThrow("The filter 'toString' is invalid");
    expect(() => filtered([], [{ Name: "x" }], TABLE)).toThrow("The filter 'x' is invalid");
  });

  test("with many wildcards takes no time to speak of", () => {
    const before = process.cpuUsage();
    const long = [{ id: "a".repeat(5_000), open: true }];
    expect(filtered(long, [{ Name: "id", Values: [`${"*a".repeat(50)}b`] }], TABLE)).toEqual([]);
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });
});
