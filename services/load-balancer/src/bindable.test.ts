import { expect, test } from "vitest";
import { isOwnAddress } from "./bindable.ts";

test("an address of this machine is its own without being opened, and another is not", async () => {
  expect(await isOwnAddress("127.64.255.2")).toBe(true);
  expect(await isOwnAddress("192.0.2.123")).toBe(false);
});
