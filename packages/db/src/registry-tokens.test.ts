import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { openRegistryToken, REGISTRY_TOKENS_PURPOSE, sealRegistryToken } from "./registry-tokens.ts";
import { createSecretBox } from "./secrets.ts";

const key = randomBytes(32);
const box = createSecretBox([{ id: "a", key }], REGISTRY_TOKENS_PURPOSE);
const token = {
  accountId: "111122223333",
  accessKeyId: "AKIAEXAMPLE",
  sessionToken: null,
  expiresAtMs: 1_800_000_000_000,
};

test("a password opens as what it was sealed for, and shows nothing of it", () => {
  const sealed = sealRegistryToken(box, token);
  expect(openRegistryToken(box, sealed)).toEqual(token);
  const ofSession = { ...token, accessKeyId: "ASIAEXAMPLE", sessionToken: "k.sealed" };
  expect(openRegistryToken(box, sealRegistryToken(box, ofSession))).toEqual(ofSession);
  expect(Buffer.from(sealed.split(".")[1] ?? "", "base64url").includes("AKIA")).toBe(false);
});

test("what is forged, cut short, sealed for another purpose or no password at all does not open", () => {
  const sealed = sealRegistryToken(box, token);
  const flipped = `${sealed.slice(0, -2)}${sealed.endsWith("AA") ? "BB" : "AA"}`;
  const pageToken = createSecretBox([{ id: "a", key }], "page-tokens").seal("x", "registry");
  for (const wrong of [flipped, sealed.slice(0, 40), pageToken, "", ".", "AWS", "a.", "é\u0000"]) {
    expect(openRegistryToken(box, wrong)).toBeNull();
  }
});
