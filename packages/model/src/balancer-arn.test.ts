import { describe, expect, test } from "vitest";
import {
  listenerArn,
  listenerRuleArn,
  loadBalancerArn,
  parseBalancerArn,
  targetGroupArn,
} from "./balancer-arn.ts";

const place = { accountId: "111122223333", region: "eu-west-1" };
const web = { name: "web", id: "50dc6c495c0c9188" };

describe("ARNs of load balancers", () => {
  test.each([
    ["loadbalancer", loadBalancerArn(place, web), "50dc6c495c0c9188"],
    ["listener", listenerArn(place, web, "f2f7dc8efc522ab2"), "f2f7dc8efc522ab2"],
    [
      "listener-rule",
      listenerRuleArn(place, web, { listenerId: "f2f7dc8efc522ab2", ruleId: "9683b2d02a6cabee" }),
      "9683b2d02a6cabee",
    ],
    ["targetgroup", targetGroupArn(place, "app", "73e2d6bc24d8a067"), "73e2d6bc24d8a067"],
  ] as const)("a %s is found again by its own", (kind, arn, id) => {
    expect(parseBalancerArn(arn)).toEqual({ place, kind, id });
  });

  test.each([
    "web",
    "",
    "arn:aws:ecs:eu-west-1:111122223333:loadbalancer/app/web/1",
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/web/1",
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/web",
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/",
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/web/1/2/3",
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:constructor/app/web/1",
  ])("%j is none of them", (text) => {
    expect(parseBalancerArn(text)).toBeNull();
  });
});
