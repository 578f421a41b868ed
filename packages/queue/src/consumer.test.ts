import { data, doorbell, queue } from "@roadstead/messages/message";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { Handlers } from "./consumer.ts";

const catalog = queue("example", {
  look: doorbell(z.object({ id: z.string() }), { key: (message) => message.id, fromKey: (id) => ({ id }) }),
  report: data(z.object({ sequence: z.number() })),
});
type ExampleHandlers = Handlers<typeof catalog>;

test("a consumer without a handler for a doorbell does not compile", () => {
  expectTypeOf<Record<never, never>>().not.toExtend<ExampleHandlers>();
  expectTypeOf<{ look: (message: { id: string }) => Promise<void> }>().toExtend<ExampleHandlers>();
});

test("a handler for another message's shape does not compile", () => {
  expectTypeOf<{ look: (message: { sequence: number }) => Promise<void> }>().not.toExtend<ExampleHandlers>();
});
