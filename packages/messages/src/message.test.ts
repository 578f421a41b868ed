import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { type DoorbellNames, data, doorbell, isDoorbell, type MessageOf, queue } from "./message.ts";

const catalog = queue("example", {
  look: doorbell(z.object({ id: z.string() }), { key: (message) => message.id, fromKey: (id) => ({ id }) }),
  report: data(z.object({ sequence: z.number(), state: z.string() })),
});

test("doorbells and data messages are different kinds, to the compiler too", () => {
  expect(Object.values(catalog.messages).map(isDoorbell)).toEqual([true, false]);
  expectTypeOf<DoorbellNames<typeof catalog>>().toEqualTypeOf<"look">();
});

test("a message's type is that of its schema", () => {
  expectTypeOf<MessageOf<typeof catalog.messages.look>>().toEqualTypeOf<{ id: string }>();
  expectTypeOf<MessageOf<typeof catalog.messages.report>>().toEqualTypeOf<{
    sequence: number;
    state: string;
  }>();
});
