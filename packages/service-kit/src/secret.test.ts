import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createLogger } from "./log.ts";
import { Secret } from "./secret.ts";

const secret = new Secret("hunter2");

test("a secret gives its value only when asked for it", () => {
  expect(secret.reveal()).toBe("hunter2");
});

test.each<[string, () => string]>([
  ["JSON", () => JSON.stringify({ secret, list: [secret] })],
  ["a template", () => `${secret}`],
  ["concatenation", () => `${String(secret)}${secret.toString()}`],
  ["inspection", () => inspect({ secret }, { depth: 9, showHidden: true })],
  ["its own properties", () => JSON.stringify({ ...secret })],
  ["a structured clone", () => inspect(structuredClone(secret))],
  ["an error", () => new Error(`bad ${secret}`).message],
])("a secret does not appear in %s", (_where, render) => {
  expect(render()).not.toContain("hunter2");
});

test("a secret does not appear in a log line", () => {
  const lines: string[] = [];
  const log = createLogger({ service: "test", destination: { write: (text) => void lines.push(text) } });
  log.info({ secret, nested: { secret } }, "with a secret");
  expect(lines.join()).toContain("[secret]");
  expect(lines.join()).not.toContain("hunter2");
});
