import { expect, test } from "vitest";
import { tarOf } from "./tar.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("an archive has a header with the file's size and a sum that holds, then the file, then two empty blocks", () => {
  const content = new Uint8Array(700).fill(7);
  const archive = tarOf("pause", content);
  expect(archive.length).toBe(512 + 1_024 + 1_024);
  const header = archive.slice(0, 512);
  expect(text(header.slice(0, 6))).toBe("pause\0");
  expect(Number.parseInt(text(header.slice(124, 135)), 8)).toBe(700);
  const sum = Number.parseInt(text(header.slice(148, 154)), 8);
  expect(header.fill(32, 148, 156).reduce((total, byte) => total + byte, 0)).toBe(sum);
  expect(archive.slice(512, 512 + 700)).toEqual(content);
  expect(archive.slice(512 + 700).every((byte) => byte === 0)).toBe(true);
});

test("a name that has no room is refused", () => {
  expect(() => tarOf("x".repeat(101), new Uint8Array())).toThrow(RangeError);
});
