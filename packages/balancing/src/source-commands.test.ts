import { expect, test } from "vitest";
import { readSources, showSources, sourceCommands } from "./source-commands.ts";

const ingress = (...sources: readonly string[]) => ({ file: "/run/x/a b", sources });

test("only what differs is changed, and what comes is let in first", () => {
  const running = readSources("0x5560dd70e440 10.0.0.0/8\n0x7fb448046730 10.1.2.3/32\n\n");
  expect(sourceCommands(ingress("10.0.0.0/8", "192.168.0.0/16"), running)).toEqual([
    "add acl /run/x/a\\ b 192.168.0.0/16",
    "del acl /run/x/a\\ b 10.1.2.3/32",
  ]);
  expect(sourceCommands(ingress("10.0.0.0/8", "10.1.2.3/32"), running)).toEqual([]);
});

test("a list is asked for by the name of its file, and one that is empty has nothing in it", () => {
  expect(showSources(ingress())).toBe("show acl /run/x/a\\ b");
  expect(readSources("\n")).toEqual(new Set());
});
