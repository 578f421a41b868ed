/** Frames as they come off the wire. */
import { expect, test } from "vitest";
import { readEnvelope, withoutHeaders } from "./frames.ts";

test.each([
  ["bare JSON", '{"type":"A","message":{}}'],
  ["JSON after a header block", 'Authorization: AWS4\r\nHost: x\r\n\r\n{"type":"A","message":{}}'],
])("an envelope is read from %s", (_, frame) => {
  expect(readEnvelope(withoutHeaders(frame))).toEqual({ type: "A", message: {} });
});

test("a header block ends at the first empty line, whatever the message holds", () => {
  expect(withoutHeaders('Host: x\r\n\r\n{"a":"\r\n\r\n"}')).toBe('{"a":"\r\n\r\n"}');
});

test.each([
  "",
  "{",
  "null",
  "[]",
  '"text"',
  '{"type":1,"message":{}}',
  '{"type":"A"}',
  '{"type":"A","message":[]}',
])("%j is no envelope", (text) => {
  expect(readEnvelope(text)).toBeNull();
});
