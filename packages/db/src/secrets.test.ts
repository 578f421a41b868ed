import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openPageToken, sealPageToken } from "./page-token.ts";
import { createSecretBox, parseMasterKeys } from "./secrets.ts";

const key = (id: string) => ({ id, key: randomBytes(32) });
const first = key("first");
const box = createSecretBox([first], "purpose");

describe("a sealed secret", () => {
  test("opens in its context, and never reads the same twice", () => {
    const sealed = box.seal("s3cret ☃", "row 1");
    expect(box.open(sealed, "row 1")).toBe("s3cret ☃");
    expect(sealed).not.toContain("s3cret");
    expect(box.seal("s3cret ☃", "row 1")).not.toBe(sealed);
  });

  test("does not open in another row, for another purpose or with another key", () => {
    const sealed = box.seal("secret", "row 1");
    expect(box.open(sealed, "row 2")).toBeNull();
    expect(createSecretBox([first], "other").open(sealed, "row 1")).toBeNull();
    expect(createSecretBox([key("first")], "purpose").open(sealed, "row 1")).toBeNull();
  });

  test("opens after the keys were rotated, and new ones are sealed by the newest key", () => {
    const old = box.seal("secret", "row");
    const rotated = createSecretBox([key("second"), first], "purpose");
    expect(rotated.open(old, "row")).toBe("secret");
    expect(rotated.seal("secret", "row")).toMatch(/^second\./);
  });

  test("does not open when a single character was changed, cut or added", () => {
    const sealed = box.seal("secret", "row");
    for (let i = 0; i < sealed.length - 1; i++) {
      const forged = sealed.slice(0, i) + (sealed[i] === "A" ? "B" : "A") + sealed.slice(i + 1);
      expect(box.open(forged, "row")).toBeNull();
      expect(box.open(sealed.slice(0, i), "row")).toBeNull();
    }
    expect(box.open("", "row")).toBeNull();
  });
});

test("master keys are 64 hexadecimal digits a line, named after themselves", () => {
  const hex = randomBytes(32).toString("hex");
  const [one, two] = parseMasterKeys(`${hex}\n\n${"0".repeat(64)}\n`);
  expect(one?.key).toEqual(Buffer.from(hex, "hex"));
  expect(one?.id).not.toBe(two?.id);
  expect(parseMasterKeys(hex)[0]?.id).toBe(one?.id);
  expect(() => parseMasterKeys("abc")).toThrow("64 hexadecimal digits");
  expect(() => createSecretBox([], "x")).toThrow("at least one");
  expect(() => createSecretBox([{ id: "a", key: randomBytes(16) }], "x")).toThrow("32 bytes");
});

describe("a page token", () => {
  const page = { scopeId: 1, operation: "ListTasks", filter: { family: "web" } };
  const token = sealPageToken(box, page, "last");

  test("goes on where the page ended", () => expect(openPageToken(box, page, token)).toBe("last"));

  test.each([
    ["scope", { ...page, scopeId: 2 }],
    ["operation", { ...page, operation: "ListClusters" }],
    ["filter", { ...page, filter: { family: "api" } }],
  ])("is no good for another %s", (_, other) => expect(openPageToken(box, other, token)).toBeNull());

  test.each(["", "x", "first.", "first.AAAA", "null", "☃"])("%j is none", (text) =>
    expect(openPageToken(box, page, text)).toBeNull(),
  );
});
