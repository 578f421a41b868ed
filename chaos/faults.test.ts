import { expect, test } from "vitest";
import { faultName, parseFault } from "./faults.ts";

test.each([
  ["kill:api", { kind: "kill", victims: ["api"] }, "kill -9 api"],
  ["kill:api+postgres", { kind: "kill", victims: ["api", "postgres"] }, "kill -9 api+postgres"],
  ["stop:postgres", { kind: "stop", victims: ["postgres"], forMs: 0 }, "postgres restarted"],
  ["stop:redis:20", { kind: "stop", victims: ["redis"], forMs: 20_000 }, "redis stopped 20 s"],
  ["freeze:redis:20", { kind: "freeze", victims: ["redis"], forMs: 20_000 }, "redis frozen 20 s"],
])("%s is a fault", (text, fault, name) => {
  expect(parseFault(text)).toEqual(fault);
  expect(faultName(parseFault(text))).toBe(name);
});

test.each([
  "",
  "kill",
  "kill:",
  "kill:nobody",
  "kill:api:3",
  "burn:api",
  "stop:redis:-1",
  "stop:redis:61",
  "stop:redis:x",
  "stop:redis:1:2",
])("%j is none", (text) => {
  expect(() => parseFault(text)).toThrow();
});
