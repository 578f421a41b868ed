import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { chooseWay, curlCommand } from "./common-stack.ts";
import { STACK, unless } from "./stack-place.ts";

describe("chooseWay", () => {
  const missing = "no terraform on the PATH";
  test.each([
    { noted: null, wantsApi: false, unusable: null, way: "terraform" },
    { noted: null, wantsApi: false, unusable: missing, way: "api" },
    { noted: null, wantsApi: true, unusable: null, way: "api" },
    { noted: "terraform", wantsApi: true, unusable: null, way: "terraform" },
    { noted: "terraform", wantsApi: false, unusable: missing, way: "terraform" },
    { noted: "api", wantsApi: false, unusable: null, way: "api" },
  ] as const)("with $noted begun, $wantsApi asked for and $unusable: $way", ({ way, noted, ...rest }) =>
    expect(chooseWay(noted, rest)).toBe(way),
  );
});

test("both ways call things by the same names", () => {
  const folder = join(import.meta.dirname, "../../../../examples/terraform/common-stack");
  const files = readdirSync(folder).filter((name) => name.endsWith(".tf"));
  const text = files.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
  for (const [what, value] of Object.entries(STACK)) {
    const written = typeof value === "number" || what === "imageTag" ? `${value}` : `"${value}"`;
    expect(text, what).toContain(written);
  }
});

test("the command for curl asks the twin for the name of the certificate", () =>
  expect(curlCommand("/data/ca.pem", "127.64.0.2")).toBe(
    "curl --cacert /data/ca.pem --connect-to ::127.64.0.2: https://storefront.example.com/",
  ));

describe("unless", () => {
  const failing = (text: string) => unless(["AlreadyExists"], Promise.reject(new Error(text)));

  test("passes over what was said to be no failure", () =>
    expect(failing("EntityAlreadyExists: it does")).resolves.toBeNull());

  test("fails with everything else", () => expect(failing("AccessDenied")).rejects.toThrow("AccessDenied"));
});
