import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { decodedBody } from "./content-encoding.ts";
import { awsError } from "./errors.ts";

const MAX_BYTES = 1_000;
const decode = (body: Uint8Array, encoding?: string) =>
  decodedBody(
    {
      method: "POST",
      path: "/",
      query: "",
      headers: encoding === undefined ? {} : { "content-encoding": encoding },
      body,
    },
    MAX_BYTES,
    () => awsError("TooLarge", "too large", 413),
  );

test("what was compressed is read as it was, and everything else as it came", () => {
  const text = Buffer.from("Action=PutMetricData");
  expect(Buffer.from(decode(gzipSync(text), "gzip"))).toEqual(text);
  expect(decode(text)).toBe(text);
});

test("a small body that grows beyond what is taken is refused before it has grown", () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  expect(() => decode(bomb, "gzip")).toThrow(expect.objectContaining({ code: "TooLarge" }));
});

test("a body that is not what it says is refused", () => {
  const refused = expect.objectContaining({ code: "SerializationException" });
  expect(() => decode(Buffer.from("no gzip"), "gzip")).toThrow(refused);
  expect(() => decode(gzipSync("whole").subarray(0, 12), "gzip")).toThrow(refused);
});
