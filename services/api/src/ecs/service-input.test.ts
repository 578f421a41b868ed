import type { DeploymentCircuitBreaker, ThresholdConfiguration } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import {
  checkedDesiredCount,
  defaultDetails,
  mergedDetails,
  refuseNotBuilt,
  type ServiceInput,
} from "./service-input.ts";

const thrown = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};
const merged = (input: ServiceInput, strategy: "REPLICA" | "DAEMON" = "REPLICA") =>
  mergedDetails(defaultDetails(strategy), input, strategy);
const notBuilt = expect.objectContaining({ code: "UnsupportedFeatureException" });
const invalid = (text = "") =>
  expect.objectContaining({ code: "InvalidParameterException", message: expect.stringContaining(text) });

describe("what would be kept but not carried out is refused", () => {
  const alarms = { alarmNames: ["a"], enable: true, rollback: false };
  const cases: [string, ServiceInput][] = [
    ["controller", { deploymentController: { type: "CODE_DEPLOY" } }],
    ["registry", { serviceRegistries: [{ registryArn: "a" }] }],
    ["connect", { serviceConnectConfiguration: { enabled: true } }],
    ["volume", { volumeConfigurations: [{ name: "a" }] }],
    ["lattice", { vpcLatticeConfigurations: [{ roleArn: "a", targetGroupArn: "b", portName: "c" }] }],
    ["rebalancing", { availabilityZoneRebalancing: "ENABLED" }],
    ["strategy", { deploymentConfiguration: { strategy: "BLUE_GREEN" } }],
    ["alarms", { deploymentConfiguration: { alarms } }],
    ["bake time", { deploymentConfiguration: { bakeTimeInMinutes: 1 } }],
    ["hooks", { deploymentConfiguration: { lifecycleHooks: [{ hookTargetArn: "a" }] } }],
  ];
  test.each(cases)("%s", (_, input) => {
    expect(thrown(() => refuseNotBuilt(input))).toEqual(notBuilt);
  });

  test("but not what says that it is off", () => {
    const off: ServiceInput = {
      deploymentController: { type: "ECS" },
      loadBalancers: [],
      serviceRegistries: [],
      capacityProviderStrategy: [],
      volumeConfigurations: [],
      vpcLatticeConfigurations: [],
      serviceConnectConfiguration: { enabled: false },
      availabilityZoneRebalancing: "DISABLED",
      deploymentConfiguration: {
        strategy: "ROLLING",
        bakeTimeInMinutes: 0,
        lifecycleHooks: [],
        alarms: { alarmNames: [], enable: false, rollback: false },
        deploymentCircuitBreaker: { enable: false, rollback: false },
      },
    };
    expect(thrown(() => refuseNotBuilt(off))).toBeUndefined();
  });
});

describe("a service's details", () => {
  test.each([
    [{ minimumHealthyPercent: 101 }, "REPLICA"],
    [{ minimumHealthyPercent: -1 }, "REPLICA"],
    [{ minimumHealthyPercent: 0.5 }, "REPLICA"],
    [{ maximumPercent: 99 }, "REPLICA"],
    [{ minimumHealthyPercent: 100, maximumPercent: 100 }, "REPLICA"],
    [{ maximumPercent: 100 }, "REPLICA"],
    [{ maximumPercent: 200 }, "DAEMON"],
    [{ minimumHealthyPercent: 100 }, "DAEMON"],
  ] as const)("have a band in which a deployment can move: %j of a %s has none", (deployment, strategy) => {
    const input = { deploymentConfiguration: deployment };
    expect(thrown(() => merged(input, strategy))).toEqual(invalid("ercent"));
  });

  test.each([
    ["grace without a load balancer", { healthCheckGracePeriodSeconds: 1 }, "REPLICA"],
    ["strategy of a daemon", { placementStrategy: [{ type: "random" }] }, "DAEMON"],
    ["constraint without expression", { placementConstraints: [{ type: "memberOf" }] }, "REPLICA"],
  ] as [string, ServiceInput, "REPLICA" | "DAEMON"][])("refuse a %s", (_, input, strategy) => {
    expect(thrown(() => merged(input, strategy))).toEqual(invalid());
  });

  test("keep what a change leaves out, member by member, and empty what it empties", () => {
    const before = merged({
      deploymentConfiguration: {
        minimumHealthyPercent: 50,
        deploymentCircuitBreaker: { enable: false, rollback: true },
      },
      placementStrategy: [{ type: "random" }],
      placementConstraints: [{ type: "distinctInstance" }],
      enableECSManagedTags: true,
      propagateTags: "SERVICE",
    });
    const change = { deploymentConfiguration: { maximumPercent: 100 }, placementStrategy: [] };
    expect(mergedDetails(before, change, "REPLICA")).toEqual({
      ...before,
      deploymentConfiguration: { ...before.deploymentConfiguration, maximumPercent: 100 },
      placementStrategy: [],
    });
    expect(before).toMatchObject({
      deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 200 },
      enableECSManagedTags: true,
      propagateTags: "SERVICE",
    });
  });
});

describe("a circuit breaker", () => {
  const breakerOf = (
    deploymentCircuitBreaker: DeploymentCircuitBreaker,
    before = defaultDetails("REPLICA"),
  ) => mergedDetails(before, { deploymentConfiguration: { deploymentCircuitBreaker } }, "REPLICA");
  const kept = ({ deploymentConfiguration }: ReturnType<typeof breakerOf>) =>
    deploymentConfiguration.deploymentCircuitBreaker;

  test("keeps what a change leaves out", () => {
    const thresholdConfiguration = { type: "COUNT", value: 5 } as const;
    const first = breakerOf({
      enable: true,
      rollback: true,
      resetOnHealthyTask: false,
      thresholdConfiguration,
    });
    const then = breakerOf({ enable: true, rollback: false }, first);
    expect(kept(then)).toEqual({
      enable: true,
      rollback: false,
      resetOnHealthyTask: false,
      thresholdConfiguration,
    });
    expect(kept(mergedDetails(first, {}, "REPLICA"))).toEqual(kept(first));
  });

  test.each([
    { type: "BOUNDED_PERCENT", value: 101 },
    { type: "UNBOUNDED_PERCENT", value: 0 },
    { type: "COUNT", value: 0 },
    { type: "COUNT", value: 1.5 },
    { type: "COUNT" },
  ] as ThresholdConfiguration[])("has a limit that can be reached: %j cannot", (thresholdConfiguration) => {
    const run = () => breakerOf({ enable: true, rollback: true, thresholdConfiguration });
    expect(thrown(run)).toEqual(invalid("hreshold"));
  });
});

test("a count is a whole number, and none of a daemon's business", () => {
  expect(checkedDesiredCount(undefined, "REPLICA")).toBeNull();
  expect(checkedDesiredCount(undefined, "DAEMON")).toBeNull();
  expect(checkedDesiredCount(0, "REPLICA")).toBe(0);
  for (const count of [-1, 1.5, 2 ** 31]) {
    expect(thrown(() => checkedDesiredCount(count, "REPLICA"))).toEqual(invalid("desiredCount"));
  }
  expect(thrown(() => checkedDesiredCount(0, "DAEMON"))).toEqual(invalid("desired count"));
});
