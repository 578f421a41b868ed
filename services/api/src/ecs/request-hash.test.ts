import fc from "fast-check";
import { expect, test } from "vitest";
import { requestHash } from "./launch.ts";

test("equal requests hash equally, whatever the order of their members and whatever their token", () => {
  const one = {
    taskDefinition: "web",
    overrides: { cpu: "1", memory: "2" },
    clientToken: "a",
    group: undefined,
  };
  const two = { overrides: { memory: "2", cpu: "1" }, taskDefinition: "web", clientToken: "b" };
  expect(requestHash(one)).toBe(requestHash(two));
});

test("stays the same from release to release, since rows outlive them", () => {
  expect(requestHash({ taskDefinition: "web", count: 1 })).toBe(
    requestHash({ count: 1, taskDefinition: "web" }),
  );
  expect(requestHash({ taskDefinition: "web", count: 1 })).toBe(
    "0JK1AxU0tSx1G94ISxh2Fl9YehbltVTf4qAF3yDkj0k",
  );
});

test("requests that differ anywhere hash differently", () => {
  const base = { taskDefinition: "web", tags: [{ key: "a", value: "b" }] };
  const others = [
    { ...base, count: 2 },
    { ...base, tags: [{ key: "a", value: "c" }] },
    { ...base, tags: [...base.tags, ...base.tags] },
    { ...base, taskDefinition: ["web"] },
    { ...base, group: null },
  ];
  expect(new Set([base, ...others].map(requestHash)).size).toBe(others.length + 1);
});

test("reversing members never changes the hash", () => {
  const reversed = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(reversed)
      : value !== null && typeof value === "object"
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, member]) => [key, reversed(member)]),
          )
        : value;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (input) => {
      expect(requestHash(reversed(input) as Record<string, unknown>)).toBe(requestHash(input));
    }),
  );
});
