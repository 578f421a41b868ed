import { describe, expect, test } from "vitest";
import { identify, isAlive, parseStat, signal } from "./process-identity.ts";

const stat = (name: string, state: string) =>
  `42 (${name}) ${state} 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 1000 10 0`;

describe("process identity", () => {
  test("reads the start time past a name with brackets and spaces", () =>
    expect(parseStat(42, stat("a) R (b c", "S"))).toEqual({ pid: 42, startTicks: 12345 }));

  test("counts a zombie as ended", () => expect(parseStat(42, stat("node", "Z"))).toBeNull());

  test("knows this process, and not another that came to have its pid", () => {
    const self = identify(process.pid);
    expect(self).not.toBeNull();
    if (self) {
      expect(isAlive(self)).toBe(true);
      expect(isAlive({ ...self, startTicks: self.startTicks - 1 })).toBe(false);
    }
  });

  test("never signals a process that only shares the pid", () =>
    expect(signal({ pid: process.pid, startTicks: 1 }, "SIGKILL")).toBe(false));
});
