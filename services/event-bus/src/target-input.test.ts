import { describe, expect, test } from "vitest";
import { targetInput } from "./target-input.ts";

const EVENT = {
  time: "2026-01-01T00:00:00Z",
  "detail-type": "T",
  detail: { n: 1, s: 'say "x"', list: [{ a: "b" }], o: { k: null } },
};
const event = JSON.stringify(EVENT);
const facts = { ruleName: "r", ruleArn: "arn:r", ingestedAt: new Date("2026-01-02T03:04:05.678Z") };
const input = (details: Parameters<typeof targetInput>[1]) => targetInput(event, details, facts);
const filled = (template: string, paths: Record<string, string> = {}) =>
  input({ inputTransformer: { paths, template } });

test("a target gets the event as it is, a constant, or the part at a path", () => {
  expect(input({})).toBe(event);
  expect(input({ input: '{"a": 1}' })).toBe('{"a": 1}');
  expect(input({ inputPath: "$.detail.list[0].a" })).toBe('"b"');
  expect(input({ inputPath: "$['detail-type']" })).toBe('"T"');
  expect(input({ inputPath: "$" })).toBe(event);
  expect(input({ inputPath: "$.detail.nothing.there" })).toBe("{}");
});

describe("a template", () => {
  const paths = { n: "$.detail.n", s: "$.detail.s", o: "$.detail.o", none: "$.no" };

  test.each([
    ['{"v": <n>, "o": <o>}', '{"v": 1, "o": {"k":null}}'],
    ['{"v": <s>}', '{"v": "say \\"x\\""}'],
    ['"<s> and <n>"', '"say \\"x\\" and 1"'],
    ['{"t": "an <o>"}', '{"t": "an {\\"k\\":null}"}'],
    ['{"t": "quoted \\"<n>\\" <none>"}', '{"t": "quoted \\"1\\" "}'],
    ['{"t": <none>}', '{"t": ""}'],
    ['"a <b> is none"', '"a <b> is none"'],
    ["<n> lines, no JSON", "1 lines, no JSON"],
  ])("%s becomes %s", (template, expected) => expect(filled(template, paths)).toBe(expected));

  test("knows the rule and the event", () => {
    expect(filled('["<aws.events.rule-name>", <aws.events.rule-arn>]')).toBe('["r", "arn:r"]');
    expect(JSON.parse(filled("<aws.events.event.json>"))).toEqual(EVENT);
    expect(filled('"<aws.events.event.ingestion-time>"')).toBe('"2026-01-02T03:04:05Z"');
    expect(JSON.parse(filled("<aws.events.event>"))).toEqual({ time: EVENT.time, "detail-type": "T" });
  });

  test("takes no part from what every object has", () => {
    expect(filled('"<constructor>"', {})).toBe('"<constructor>"');
    expect(filled('"<c>"', { c: "$.constructor.name" })).toBe('""');
  });
});
