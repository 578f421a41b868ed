import { describe, expect, test } from "vitest";
import {
  apiDestinationArn,
  connectionArn,
  eventBusArn,
  parseEventArn,
  parseRuleArn,
  ruleArn,
} from "./event-arn.ts";

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

describe("the ARN of a connection or an API destination", () => {
  test("is read as it was built, and not as another kind's", () => {
    const destination = apiDestinationArn(place, "hook", "1-2");
    expect(destination).toBe("arn:aws:events:eu-test-1:111122223333:api-destination/hook/1-2");
    expect(parseEventArn(destination, "api-destination")).toEqual({ place, name: "hook", id: "1-2" });
    expect(parseEventArn(destination, "connection")).toBeNull();
    expect(parseEventArn(connectionArn(place, "c", "3"), "connection")).toEqual({
      place,
      name: "c",
      id: "3",
    });
  });

  test.each(["connection/c/1", "arn:aws:events:a:1:connection/c", "arn:aws:ecs:a:1:connection/c/1"])(
    "%s is none",
    (text) => expect(parseEventArn(text, "connection")).toBeNull(),
  );
});
