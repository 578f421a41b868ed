/** Guarantees of filter patterns. */
import { describe, expect, test } from "vitest";
import { compileFilterPattern } from "./filter-pattern.ts";

const EVENTS = ["ERROR one", "WARN two", "error three", "ERROR two (Exiting)", "INFO all good"];
const matching = (pattern: string) => EVENTS.filter(compileFilterPattern(pattern));

describe("a pattern", () => {
  test.each([
    ["", EVENTS],
    ['""', EVENTS],
    ["ERROR", ["ERROR one", "ERROR two (Exiting)"]],
    ["ERROR two", ["ERROR two (Exiting)"]],
    ['"all good"', ["INFO all good"]],
    ['"two (Exiting)"', ["ERROR two (Exiting)"]],
    ["ERROR -one", ["ERROR two (Exiting)"]],
    ['ERROR -"(Exiting)"', ["ERROR one"]],
    ["-ERROR", ["WARN two", "error three", "INFO all good"]],
    ["?WARN ?INFO", ["WARN two", "INFO all good"]],
    ["?WARN ERROR", ["ERROR one", "ERROR two (Exiting)"]],
  ])("%j matches what AWS's does", (pattern, expected) => {
    expect(matching(pattern)).toEqual(expected);
  });

  test("takes a quotation mark by its escape", () => {
    expect(compileFilterPattern('"say \\"hi\\""')('they say "hi"')).toBe(true);
  });

  test.each([
    ["{ $.level = 50 }", "Filter patterns for JSON events are not supported by this server."],
    ["[ip, user]", "Filter patterns for space-delimited events are not supported by this server."],
    ["%ERR[0-9]%", "Regular expressions in filter patterns are not supported by this server."],
    ['"open', 'Invalid filter pattern: "open'],
  ])("%j is refused", (pattern, message) => {
    expect(() => compileFilterPattern(pattern)).toThrow(message);
  });
});
