import { violationsOf } from "@roadstead/aws-protocol/constraints";
import { expect, it } from "vitest";
import { type BotocoreModel, constraintsOf } from "./constraints-of.ts";

const model: BotocoreModel = {
  operations: { Put: { input: { shape: "PutRequest" } }, Get: { input: { shape: "GetRequest" } }, Ping: {} },
  shapes: {
    PutRequest: {
      type: "structure",
      members: { name: { shape: "Name" }, count: { shape: "Count" }, free: { shape: "Free" } },
    },
    GetRequest: { type: "structure", members: { free: { shape: "Free" } } },
    Name: { type: "string", min: 0, max: 3, pattern: "[a\\:]*" },
    Odd: { type: "string", pattern: "(?<=" },
    Count: { type: "integer", min: 0 },
    Free: { type: "string" },
    Unreached: { type: "string", max: 1 },
  },
};

it("keeps what an input reaches and what constrains it, and nothing else", () => {
  expect(constraintsOf(model)).toEqual({
    constraints: {
      inputs: { Put: "PutRequest" },
      shapes: {
        Count: { kind: "integer", min: 0 },
        Name: { kind: "string", max: 3, pattern: "[a\\:]*" },
        PutRequest: { kind: "struct", members: { name: "Name", count: "Count" } },
      },
    },
    skippedPatterns: ["(?<="],
  });
});

it("says the same whatever the order of the model's shapes", () => {
  const shapes = Object.fromEntries(Object.entries(model.shapes).reverse());
  const write = (of: BotocoreModel) => JSON.stringify(constraintsOf(of));
  expect(write({ ...model, shapes })).toBe(write(model));
});

it.each([
  ["[\\w+=,.@\\:-]*", "a+b@c:d-e", "a b"],
  ["\\p{Lu}+", "ÄB", "äb"],
  ["[a-z]", "a", "ab"],
])("can use %s as the model writes it, needless escapes and all", (pattern, good, bad) => {
  const shapes = { ...model.shapes, Name: { type: "string", pattern } };
  const { constraints, skippedPatterns } = constraintsOf({ ...model, shapes });
  expect(skippedPatterns).toEqual(["(?<="]);
  expect(violationsOf(constraints, "Put", { name: good })).toEqual([]);
  expect(violationsOf(constraints, "Put", { name: bad })).toHaveLength(1);
});
