import { describe, expect, test } from "vitest";
import { eventBusArn, parseRuleArn, ruleArn } from "./event-arn.ts";

const place = { accountId: "111122223333", region: "eu-test-1" };

describe("a rule's ARN", () => {
  test("is read as it was built", () => {
    expect(ruleArn(place, "r")).toBe("arn:aws:events:eu-test-1:111122223333:rule/r");
    expect(parseRuleArn(ruleArn(place, "r"))).toEqual({ place, name: "r" });
  });

  test.each([
    "rule/r",
    "arn:aws:events:a:1:rule/bus/r",
    "arn:aws:ecs:a:1:rule/r",
    eventBusArn(place, "default"),
  ])("%s is none", (text) => expect(parseRuleArn(text)).toBeNull());
});
