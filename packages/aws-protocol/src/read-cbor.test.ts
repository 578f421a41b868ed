import { cbor, dateToTag } from "@smithy/core/cbor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCbor } from "./read-cbor.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

test("what the SDK writes is read as JSON would have brought it", () => {
  const document = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: "grapheme" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value")),
      fc.dictionary(fc.string(), tie("value"), { noNullPrototype: true }),
    ),
  })).value;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), document, { noNullPrototype: true }), (given) => {
      // A minus before zero is written by neither.
      expect(parseCbor(cbor.serialize(given))).toEqual(JSON.parse(JSON.stringify(given)));
    }),
  );
});

test("a time becomes its seconds, bytes become base64, and no body an empty document", () => {
  expect(parseCbor(cbor.serialize({ at: dateToTag(new Date(1_500)) }))).toEqual({ at: 1.5 });
  expect(parseCbor(bytes(0x42, 1, 2))).toBe("AQI=");
  expect(parseCbor(bytes())).toEqual({});
});

test("items of indefinite length are read to their end", () => {
  expect(parseCbor(bytes(0xbf, 0x61, 0x61, 0x9f, 1, 2, 0xff, 0xff))).toEqual({ a: [1, 2] });
  expect(parseCbor(bytes(0x7f, 0x61, 0x61, 0x61, 0x62, 0xff))).toBe("ab");
});

test.each([
  ["a length that nothing follows", bytes(0x9a, 0xff, 0xff, 0xff, 0xff)],
  ["a text longer than the body", bytes(0x7b, 0, 0, 0, 1, 0, 0, 0, 0)],
  ["text that is no UTF-8", bytes(0x61, 0xff)],
  ["more than one item", bytes(1, 2)],
  ["a key that is no text", bytes(0xa1, 1, 2)],
  ["a number of any size", bytes(0xc2, 0x41, 1)],
  ["a decimal fraction", bytes(0xc4, 0x82, 1, 2)],
  ["an end without a beginning", bytes(0xff)],
  ["items within each other without end", new Uint8Array(100).fill(0x81)],
])("%s is refused", (_what, body) => {
  expect(() => parseCbor(body)).toThrow(expect.objectContaining({ code: "SerializationException" }));
});

test("any bytes are read or refused, and nothing else happens", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (body) => {
      try {
        parseCbor(body);
      } catch (error) {
        expect(error).toMatchObject({ code: "SerializationException" });
      }
    }),
  );
});
