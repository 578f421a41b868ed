/** What event patterns match, by tables, and which texts are none. */
import { describe, expect, test } from "vitest";
import { compileEventPattern } from "./event-pattern.ts";
import { EventPatternError } from "./pattern-error.ts";

const EVENT = {
  source: "aws.ecs",
  "detail-type": "ECS Task State Change",
  resources: ["arn:a", "arn:b"],
  detail: {
    lastStatus: "STOPPED",
    exitCode: 137,
    cpu: "256",
    essential: true,
    reason: null,
    empty: "",
    none: [],
    address: "10.0.0.42",
    image: "team/web:v2.png",
    containers: [
      { name: "web", exitCode: 0 },
      { name: "log", exitCode: 1, tags: [["x"], "y"] },
    ],
  },
};
const matches = (pattern: object, event: unknown = EVENT) =>
  compileEventPattern(JSON.stringify(pattern))(event);
const detail = (wanted: object) => matches({ detail: wanted });

describe("plain values", () => {
  test.each<[boolean, object]>([
    [true, { source: ["aws.ecs"] }],
    [true, { source: ["aws.ec2", "aws.ecs"] }],
    [false, { source: ["aws"] }],
    [true, { resources: ["arn:b"] }],
    [false, { source: ["aws.ecs"], "detail-type": ["Other"] }],
    [true, { detail: { exitCode: [137] } }],
    [false, { detail: { exitCode: ["137"] } }],
    [false, { detail: { cpu: [256] } }],
    [true, { detail: { essential: [true] } }],
    [false, { detail: { essential: ["true"] } }],
    [true, { detail: { reason: [null] } }],
    [false, { detail: { missing: [null] } }],
    [true, { detail: { empty: [""] } }],
    [true, { detail: { containers: { tags: ["x"] } } }],
    [false, { detail: { containers: ["web"] } }],
    [false, { source: { deeper: ["aws.ecs"] } }],
  ])("%s: %j", (expected, pattern) => expect(matches(pattern)).toBe(expected));

  test("of a list of objects, one alone must match in everything", () => {
    expect(detail({ containers: { name: ["web"], exitCode: [0] } })).toBe(true);
    expect(detail({ containers: { name: ["web"], exitCode: [1] } })).toBe(false);
  });
});

describe("comparisons", () => {
  test.each<[boolean, string, unknown]>([
    [true, "image", { prefix: "team/" }],
    [false, "image", { prefix: "TEAM/" }],
    [true, "image", { prefix: { "equals-ignore-case": "TEAM/" } }],
    [true, "image", { suffix: ".png" }],
    [true, "image", { suffix: { "equals-ignore-case": ".PNG" } }],
    [false, "exitCode", { prefix: "1" }],
    [true, "lastStatus", { "equals-ignore-case": "stopped" }],
    [false, "image", { wildcard: "team/*:v?.png" }],
    [true, "image", { wildcard: "team/*:*.png" }],
    [true, "image", { wildcard: "*" }],
    [false, "image", { wildcard: "team/\\*" }],
    [true, "exitCode", { numeric: ["=", 137] }],
    [true, "exitCode", { numeric: [">", 0, "<=", 137] }],
    [false, "exitCode", { numeric: [">", 137] }],
    [true, "exitCode", { numeric: [">=", 137] }],
    [false, "exitCode", { numeric: ["<", 137] }],
    [false, "cpu", { numeric: [">", 0] }],
    [true, "address", { cidr: "10.0.0.0/24" }],
    [false, "address", { cidr: "10.0.1.0/24" }],
    [false, "image", { cidr: "10.0.0.0/8" }],
    [true, "lastStatus", { exists: true }],
    [false, "lastStatus", { exists: false }],
    [true, "missing", { exists: false }],
    [true, "none", { exists: false }],
    [false, "containers", { exists: true }],
    [true, "reason", { exists: true }],
  ])("%s: %s %j", (expected, field, matcher) => expect(detail({ [field]: [matcher] })).toBe(expected));

  test.each<[boolean, string, unknown]>([
    [true, "lastStatus", "RUNNING"],
    [false, "lastStatus", "STOPPED"],
    [false, "lastStatus", ["RUNNING", "STOPPED"]],
    [false, "exitCode", [0, 137]],
    [true, "exitCode", 0],
    [false, "image", { prefix: "team" }],
    [false, "image", { prefix: ["x", "team"] }],
    [true, "image", { suffix: ".jpg" }],
    [false, "lastStatus", { "equals-ignore-case": ["stopped", "running"] }],
    [false, "image", { wildcard: "*web*" }],
    [false, "missing", "RUNNING"],
  ])("anything but, %s: %s %j", (expected, field, excluded) =>
    expect(detail({ [field]: [{ "anything-but": excluded }] })).toBe(expected),
  );

  test("of a list, one other value is enough", () => {
    expect(matches({ resources: [{ "anything-but": "arn:a" }] })).toBe(true);
    expect(matches({ resources: [{ "anything-but": ["arn:a", "arn:b"] }] })).toBe(false);
  });
});

describe("alternatives", () => {
  const $or = [{ detail: { exitCode: [{ numeric: [">", 200] }] } }, { detail: { lastStatus: ["STOPPED"] } }];

  test("one is enough, besides everything else", () => {
    expect(matches({ $or })).toBe(true);
    expect(matches({ source: ["aws.ec2"], $or })).toBe(false);
    expect(detail({ $or: [{ exitCode: [1] }, { lastStatus: ["RUNNING"] }] })).toBe(false);
  });
});

describe("what is no pattern", () => {
  const range = (...numeric: unknown[]) => JSON.stringify({ a: [{ numeric }] });
  test.each([
    ["{", "Event pattern is not valid JSON"],
    ["[]", "Filter is not an object"],
    ["{}", "Empty objects are not allowed"],
    ['{"source":"aws.ecs"}', '"source" must be an object or an array'],
    ['{"source":[]}', "Empty arrays are not allowed"],
    ['{"detail":{}}', "Empty objects are not allowed"],
    ['{"a":[["x"]]}', "Match value must be String, number, true, false, or null"],
    ['{"a":[{"prefix":1}]}', "prefix match pattern must be a string"],
    ['{"a":[{"prefix":"x","suffix":"y"}]}', "Only one key allowed in match expression"],
    ['{"a":[{"regex":"x"}]}', "Unrecognized match type regex"],
    ['{"a":[{"toString":"x"}]}', "Unrecognized match type toString"],
    ['{"a":[{"exists":"yes"}]}', "exists match pattern must be either true or false."],
    ['{"a":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR: 10.0.0.0"],
    ['{"a":[{"cidr":"10.0.0.0/40"}]}', "Malformed CIDR: 10.0.0.0/40"],
    ['{"a":[{"wildcard":"a**"}]}', "Consecutive wildcard characters at pos 1"],
    ['{"a":[{"wildcard":"a\\\\b"}]}', "Invalid escape character at pos 1"],
    ['{"a":[{"anything-but":["x",1]}]}', /mixed type is not supported/],
    ['{"a":[{"anything-but":[]}]}', "Empty arrays are not allowed"],
    ['{"a":[{"anything-but":{"numeric":[">",1]}}]}', "Unsupported anything-but pattern: numeric"],
    ['{"$or":[{"a":[1]}]}', "$or must be an array of at least two objects"],
    [range(), "Invalid member in numeric match: ]"],
    [range("~", 1), "Unrecognized numeric range operator: ~"],
    [range("=", "1"), "Value of = must be numeric"],
    [range(">", 5, "<", 5), "Bottom must be less than top"],
    [range("<", 5, ">", 1), "Too many terms in numeric range expression"],
    [range(">", 1, ">", 2), "Bad numeric range operator: >"],
    [range(">", 6e9), "Value must be between -5000000000 and 5000000000, inclusive"],
  ])("%s is refused", (text, reason) => {
    const compile = () => compileEventPattern(text);
    expect(compile).toThrow(EventPatternError);
    expect(compile).toThrow(reason);
  });
});

test("a wildcard's time is bounded by the lengths of both", () => {
  const wildcard = `${"*a".repeat(40)}*b`;
  expect(matches({ a: [{ wildcard }] }, { a: "a".repeat(5_000) })).toBe(false);
});
