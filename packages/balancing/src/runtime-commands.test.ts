import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignSlots, SLOTS_MIN } from "./assign-slots.ts";
import { aGroup, aTarget } from "./balancing.test-data.ts";
import { type ObservedGroup, runtimeCommands } from "./runtime-commands.ts";
import type { Group, Target } from "./snapshot.ts";

type Slots = ObservedGroup["slots"];

const EMPTY: Slots = Array.from({ length: SLOTS_MIN }, () => ({
  endpoint: null,
  open: false,
  spareOpen: false,
  requests: 0,
  openInOlder: false,
}));

/** HAProxy as far as these commands are concerned. */
function obey(slots: Slots, commands: readonly string[]): Slots {
  const now = slots.map((slot) => ({ ...slot }));
  for (const command of commands) {
    const [, , name = "", verb = "", value = "", , port = ""] = command
      .replace("shutdown sessions", "shutdown")
      .split(" ");
    const slot = now[Number(name.slice(name.indexOf("/") + 2)) - 1];
    if (!slot) throw new Error(command);
    const isSpare = name.includes("/o");
    if (command.startsWith("shutdown")) slot.requests = 0;
    else if (verb === "addr") slot.endpoint = port === "1" ? null : { address: value, port: Number(port) };
    else if (verb === "state") slot[isSpare ? "spareOpen" : "open"] = value === "ready";
  }
  return now;
}

const pass = (slots: Slots, group: Group): Slots => {
  const commands = runtimeCommands([{ groupId: group.id, slots }], [assignSlots(group, slots)]);
  if (commands === null) throw new Error("a reload is needed");
  return obey(slots, commands);
};

const groupWith = (...targets: readonly Target[]) => aGroup({ targets });

test("a new target takes a free slot without ever counting as healthy before a check", () => {
  const group = groupWith(aTarget(9001, { health: null }));
  const commands = runtimeCommands([{ groupId: "bbbb", slots: EMPTY }], [assignSlots(group, EMPTY)]) ?? [];
  expect(commands.slice(2)).toEqual([
    "set server tg_bbbb/s1 weight 0",
    "set server tg_bbbb/s1 state ready",
    "set server tg_bbbb/s1 health down",
    "set server tg_bbbb/s1 weight 100%",
  ]);
  expect(pass(EMPTY, group)[0]).toMatchObject({ open: true, spareOpen: false });
});

test("what is as wanted is left as it is", () => {
  const group = groupWith(aTarget(9001), aTarget(9002));
  const slots = pass(EMPTY, group);
  expect(runtimeCommands([{ groupId: "bbbb", slots }], [assignSlots(group, slots)])).toEqual([]);
});

test("a draining target gets nothing new, keeps its requests, and its slot is given on only when they ended", () => {
  const busy = pass(EMPTY, groupWith(aTarget(9001))).map((slot, i) =>
    i === 0 ? { ...slot, requests: 2 } : slot,
  );
  const draining = pass(busy, groupWith(aTarget(9001, { state: "draining" })));
  expect(draining[0]).toMatchObject({
    endpoint: { address: "10.0.0.1", port: 9001 },
    open: false,
    spareOpen: false,
    requests: 2,
  });
  const next = pass(draining, groupWith(aTarget(9001, { state: "draining" }), aTarget(9002)));
  expect(next[0]?.requests).toBe(2);
  expect(next[1]).toMatchObject({ endpoint: { port: 9002 }, open: true });
});

test("a target that is gone before its requests ended loses them, and its slot is not given on in that pass", () => {
  const busy = pass(EMPTY, groupWith(aTarget(9001))).map((slot, i) =>
    i === 0 ? { ...slot, requests: 2 } : slot,
  );
  const after = pass(busy, groupWith(aTarget(9002)));
  expect(after[0]).toMatchObject({ endpoint: null, open: false, spareOpen: false, requests: 0 });
  expect(after[1]).toMatchObject({ endpoint: { port: 9002 } });
});

test("more targets than slots need a new configuration", () => {
  const group = groupWith(...Array.from({ length: SLOTS_MIN + 1 }, (_, i) => aTarget(9000 + i)));
  const assigned = assignSlots(group, EMPTY);
  expect(assigned.slots).toHaveLength(2 * SLOTS_MIN);
  expect(runtimeCommands([{ groupId: "bbbb", slots: EMPTY }], [assigned])).toBeNull();
});

test("when all targets are others there is one to send to after each command", () => {
  const group = (...ports: readonly number[]) => groupWith(...ports.map((port) => aTarget(port)));
  const draining = groupWith(aTarget(9002), aTarget(9001, { state: "draining" }));
  let slots = pass(EMPTY, group(9001));
  const commands = runtimeCommands([{ groupId: "bbbb", slots }], [assignSlots(draining, slots)]) ?? [];
  for (const command of commands) {
    slots = obey(slots, [command]);
    expect(slots.some((slot) => slot.open)).toBe(true);
  }
  expect(slots.map((slot) => slot.open).slice(0, 2)).toEqual([false, true]);
});

describe("whatever targets come and go", () => {
  const target = fc
    .record({
      port: fc.integer({ min: 9_000, max: 9_011 }),
      state: fc.constantFrom("registered" as const, "draining" as const),
      health: fc.constantFrom(null, "initial" as const, "healthy" as const, "unhealthy" as const),
    })
    .map(({ port, ...rest }) => aTarget(port, rest));
  const targets = fc.uniqueArray(target, { maxLength: 5, selector: ({ port }) => port });

  test("open slots are exactly the registered targets, each once, and a second pass finds nothing to do", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(targets, fc.integer({ min: 0, max: 7 })), { maxLength: 12 }), (steps) => {
        let slots = EMPTY;
        for (const [wanted, busy] of steps) {
          slots = slots.map((slot, i) => (i === busy && slot.open ? { ...slot, requests: 1 } : slot));
          const group = groupWith(...wanted);
          slots = pass(slots, group);
          const open = slots.flatMap((slot) => (slot.open ? [slot.endpoint?.port ?? 0] : []));
          const registered = wanted.filter(({ state }) => state === "registered").map(({ port }) => port);
          expect(open.sort()).toEqual(registered.sort());
          expect(pass(slots, group)).toEqual(slots);
          slots = slots.map((slot) => ({ ...slot, requests: 0 }));
        }
      }),
    );
  });
});
