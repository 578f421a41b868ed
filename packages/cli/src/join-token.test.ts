import { describe, expect, test } from "vitest";
import { decodeJoinToken, encodeJoinToken } from "./join-token.ts";

const token = {
  secret: "s".repeat(43),
  fingerprint: "f".repeat(43),
  addresses: ["192.0.2.10:4750", "[fd00::1]:4750", "control.example.internal:4750"],
};

describe("a join token's text", () => {
  test("says the same when it is read again, and needs no quotes in a shell", () => {
    const text = encodeJoinToken(token);
    expect(decodeJoinToken(text)).toEqual(token);
    expect(text).toMatch(/^[\w.-]+$/);
  });

  test.each([
    "",
    "roadstead1.",
    "roadstead2.a.b.c",
    encodeJoinToken({ ...token, secret: "short" }),
    encodeJoinToken({ ...token, addresses: ["no port"] }),
    encodeJoinToken({ ...token, addresses: ["$(id):1"] }),
    `${encodeJoinToken(token)}.more`,
    encodeJoinToken(token).slice(0, 80),
  ])("is not read from %j", (text) => expect(decodeJoinToken(text)).toBeNull());
});
