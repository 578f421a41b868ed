import { expect, test } from "vitest";
import { isEligible } from "./eligible.ts";
import { anInstance, aTask } from "./place-builders.ts";

const zone = (value: string) =>
  anInstance({ id: value, attributes: [{ name: "ecs.availability-zone", value }], agentConnected: false });
const pinned = aTask({
  id: "t",
  constraints: [{ type: "memberOf", expression: "attribute:ecs.availability-zone == a" }],
});

test("an instance is eligible by its attributes and constraints alone, connected and empty or not", () => {
  expect([isEligible(zone("a"), pinned), isEligible(zone("b"), pinned)]).toEqual([true, false]);
  const full = anInstance({ id: "full", free: { cpu: 0, memoryMiB: 0, gpus: 0 } });
  expect(isEligible(full, aTask({ id: "t" }))).toBe(true);
  const needy = aTask({ id: "t", requiredAttributes: [{ name: "gpu" }] });
  expect(isEligible(full, needy)).toBe(false);
});

test("an instance is where one of the task's subnets is, or no place for it", () => {
  const inZone = (value: string) =>
    anInstance({ id: value, attributes: [{ name: "ecs.availability-zone", value }] });
  const task = aTask({ id: "t", zones: ["zone-a", "zone-b"] });
  expect(["zone-a", "zone-b", "zone-c"].map((name) => isEligible(inZone(name), task))).toEqual([
    true,
    true,
    false,
  ]);
});
