import { describe, expect, test } from "vitest";
import { gatewayUrlFor, hostName } from "./hosts.ts";

describe("a Host header", () => {
  test.each([
    ["192.0.2.10:4750", "192.0.2.10"],
    ["control.example.internal", "control.example.internal"],
    ["[fd00::1]:4750", "fd00::1"],
    ["[fd00::1]", "fd00::1"],
  ])("%j names %s", (header, name) => expect(hostName(header)).toBe(name));

  test.each([
    "",
    ":4750",
    "a b",
    "a'b:1",
    "[fd00::zz]:1",
    "[::1",
    "a:123456",
    "a/b",
    "$(id)",
    "a\nb",
    "[1.2]:3",
  ])("%j names nothing", (header) => expect(hostName(header)).toBeNull());
});

test("the gateway is where the machine called us, if that is a name of ours", () => {
  const options = { isName: (name: string) => name === "fd00::1", port: 4752 };
  expect(gatewayUrlFor("[fd00::1]:4750", options)).toBe("https://[fd00::1]:4752");
  expect(gatewayUrlFor("[fd00::2]:4750", options)).toBeNull();
});
