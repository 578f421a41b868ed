import { describe, expect, test } from "vitest";
import { checkedPlacement } from "./placement-input.ts";

describe("placement of a request", () => {
  test("is none when none is asked for", () => {
    expect(checkedPlacement({})).toEqual({ constraints: [], strategy: [] });
  });

  test("is written in one spelling", () => {
    expect(
      checkedPlacement({
        placementConstraints: [
          { type: "distinctInstance" },
          { type: "memberOf", expression: "attribute:zone == a" },
        ],
        placementStrategy: [
          { type: "spread", field: "host" },
          { type: "spread", field: "attribute:ecs.availability-zone" },
          { type: "binpack", field: "MEMORY" },
          { type: "random" },
        ],
      }),
    ).toEqual({
      constraints: [{ type: "distinctInstance" }, { type: "memberOf", expression: "attribute:zone == a" }],
      strategy: [
        { type: "spread", field: "instanceId" },
        { type: "spread", field: "attribute:ecs.availability-zone" },
        { type: "binpack", field: "memory" },
        { type: "random" },
      ],
    });
  });

  test.each([
    [{ placementConstraints: [{ type: "memberOf" as const }] }],
    [{ placementConstraints: [{ type: "memberOf" as const, expression: "attribute:a ==" }] }],
    [{ placementConstraints: [{ type: "distinctInstance" as const, expression: "attribute:a exists" }] }],
    [{ placementConstraints: [{ type: "other" as "memberOf" }] }],
    [{ placementConstraints: Array.from({ length: 11 }, () => ({ type: "distinctInstance" as const })) }],
    [{ placementStrategy: [{ type: "binpack" as const }] }],
    [{ placementStrategy: [{ type: "binpack" as const, field: "disk" }] }],
    [{ placementStrategy: [{ type: "spread" as const, field: "attribute:" }] }],
    [{ placementStrategy: [{ type: "other" as "random" }] }],
    [{ placementStrategy: Array.from({ length: 6 }, () => ({ type: "random" as const })) }],
  ])("is refused: %j", (input) => {
    expect(() => checkedPlacement(input)).toThrow(
      expect.objectContaining({ code: "InvalidParameterException" }),
    );
  });
});
