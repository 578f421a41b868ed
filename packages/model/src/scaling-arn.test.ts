import { describe, expect, test } from "vitest";
import {
  parseScalableTargetArn,
  parseScaledService,
  scalableTargetArn,
  scalingPolicyArn,
  scheduledActionArn,
} from "./scaling-arn.ts";

const place = { accountId: "111122223333", region: "us-west-2" };
const named = { id: "u", resourceId: "service/c/s", name: "cpu" };

test("names are as Application Auto Scaling writes them", () => {
  expect(scalingPolicyArn(place, named)).toBe(
    "arn:aws:autoscaling:us-west-2:111122223333:scalingPolicy:u:resource/ecs/service/c/s:policyName/cpu",
  );
  expect(scheduledActionArn(place, named)).toBe(
    "arn:aws:autoscaling:us-west-2:111122223333:scheduledAction:u:resource/ecs/service/c/s:scheduledActionName/cpu",
  );
});

describe("the ARN of a scalable target", () => {
  test("is read back as it was written", () => {
    expect(parseScalableTargetArn(scalableTargetArn(place, "0ec5"))).toEqual({ place, id: "0ec5" });
  });
  test.each(["", "0ec5", "arn:aws:ecs:r:1:scalable-target/x", `${scalableTargetArn(place, "a")}/b`])(
    "is not %j",
    (text) => expect(parseScalableTargetArn(text)).toBeNull(),
  );
});

test("a resource id names a service in its cluster, or nothing", () => {
  expect(parseScaledService("service/prod/web")).toEqual({ clusterName: "prod", serviceName: "web" });
  for (const text of ["service/web", "service//web", "service/a/b/c", "table/t", "service/a b/c"]) {
    expect(parseScaledService(text)).toBeNull();
  }
});
