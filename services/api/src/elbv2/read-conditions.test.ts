import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, test } from "vitest";
import { readConditions } from "./read-conditions.ts";

const paths = (...Values: string[]): RuleCondition => ({ Field: "path-pattern", Values });
const header = (HttpHeaderName: string, ...Values: string[]): RuleCondition => ({
  Field: "http-header",
  HttpHeaderConfig: { HttpHeaderName, Values },
});
const sources = (...Values: string[]): RuleCondition => ({ Field: "source-ip", SourceIpConfig: { Values } });

describe("conditions that are kept", () => {
  test.each<[string, RuleCondition, object]>([
    ["a path, plainly", paths("/api/*"), { field: "path-pattern", values: ["/api/*"] }],
    [
      "a host in both places, as answers show it",
      { Field: "host-header", Values: ["*.a.b"], HostHeaderConfig: { Values: ["*.a.b"] } },
      { field: "host-header", values: ["*.a.b"] },
    ],
    ["a header", header("X-Env", "test"), { field: "http-header", name: "X-Env", values: ["test"] }],
    [
      "a query with and without key",
      {
        Field: "query-string",
        QueryStringConfig: { Values: [{ Key: "v", Value: "1" }, { Value: "*x*" }] },
      },
      {
        field: "query-string",
        values: [
          { key: "v", value: "1" },
          { key: null, value: "*x*" },
        ],
      },
    ],
    [
      "a method",
      { Field: "http-request-method", HttpRequestMethodConfig: { Values: ["PUT"] } },
      { field: "http-request-method", values: ["PUT"] },
    ],
    [
      "sources of both versions",
      sources("10.0.0.0/8", "2001:db8::/32"),
      { field: "source-ip", values: ["10.0.0.0/8", "2001:db8::/32"] },
    ],
  ])("%s", (_, condition, kept) => {
    expect(readConditions([condition])).toEqual([kept]);
  });

  test("several headers may be asked for in one rule", () => {
    expect(readConditions([header("a", "1"), header("b", "2")])).toHaveLength(2);
  });
});

describe("conditions that are refused", () => {
  test.each<[string, RuleCondition[]]>([
    ["none", []],
    ["an unknown field", [{ Field: "colour", Values: ["blue"] }]],
    ["six values", [paths("/a", "/b", "/c"), header("x", "1", "2", "3")]],
    ["six wildcards", [paths("/*/*/*"), header("x", "*?*")]],
    ["two path conditions", [paths("/a"), paths("/b")]],
    ["a path with a space", [paths("/a b")]],
    ["a path of 129 characters", [paths(`/${"a".repeat(128)}`)]],
    ["a header of a name that is none", [header("x y", "1")]],
    ["an address without a block", [sources("10.0.0.1")]],
    ["a block that is too long", [sources("10.0.0.1/33")]],
    ["no value", [{ Field: "path-pattern" }]],
    ["other values in the other place", [{ ...paths("/a"), PathPatternConfig: { Values: ["/b"] } }]],
    ["the configuration of another field", [{ ...paths("/a"), SourceIpConfig: { Values: ["10.0.0.0/8"] } }]],
    ["a lower-case method", [{ Field: "http-request-method", HttpRequestMethodConfig: { Values: ["get"] } }]],
  ])("%s", (_, conditions) => {
    expect(() => readConditions(conditions)).toThrow(expect.objectContaining({ code: "ValidationError" }));
  });

  test("a regular expression, as not built", () => {
    expect(() => readConditions([{ Field: "path-pattern", RegexValues: ["^/a"] }])).toThrow(
      expect.objectContaining({ code: "UnsupportedOperation" }),
    );
  });
});
