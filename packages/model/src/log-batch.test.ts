import { expect, test } from "vitest";
import { batchToken, readBatchToken } from "./log-batch.ts";

test("a batch is read back from its token", () => {
  const batch = { writer: "0123abcd:4f-1", number: 42 };
  expect(readBatchToken(batchToken(batch))).toEqual(batch);
});

test.each([undefined, "", "49590302", "roadstead:x", "roadstead::1", "roadstead:x:-1"])(
  "%j numbers no batch",
  (token) => {
    expect(readBatchToken(token)).toBeNull();
  },
);
