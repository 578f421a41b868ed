import type { TaskDefinitionRow } from "@roadstead/db/task-definitions";
import { describe, expect, test } from "vitest";
import { checkedProviders, checkPlatform, requestedCapacity } from "./capacity-input.ts";

const cluster = (capacityProviders: readonly string[], items: readonly object[] = []) => ({
  details: {
    settings: [],
    configuration: null,
    serviceConnectDefaults: null,
    capacityProviders,
    defaultCapacityProviderStrategy: items as { capacityProvider: string }[],
  },
});

const revision = { compatibilities: ["EC2", "FARGATE"] } as unknown as TaskDefinitionRow;
const BOTH = ["FARGATE", "FARGATE_SPOT"];
const FARGATE = { capacityProvider: "FARGATE", weight: 1, base: 0 };

describe("what tasks run on", () => {
  test("is EC2 where neither request nor cluster says anything", () => {
    expect(requestedCapacity({}, cluster([]), revision)).toEqual({ launchType: "EC2", strategy: null });
  });

  test("follows the cluster's strategy, unless a launch type is asked for", () => {
    const of = cluster(BOTH, [FARGATE]);
    expect(requestedCapacity({}, of, revision)).toEqual({ launchType: "FARGATE", strategy: [FARGATE] });
    expect(requestedCapacity({ launchType: "EC2" }, of, revision)).toEqual({
      launchType: "EC2",
      strategy: null,
    });
  });

  test.each([
    ["a provider that is none of Fargate's", { capacityProvider: "mine", weight: 1 }, "was not found"],
    ["a weight that is too great", { capacityProvider: "FARGATE", weight: 1_001 }, "weight"],
    ["a base below zero", { capacityProvider: "FARGATE", weight: 1, base: -1 }, "base"],
  ])("is not %s", (_what, item, words) => {
    expect(() => requestedCapacity({ capacityProviderStrategy: [item] }, cluster(BOTH), revision)).toThrow(
      words,
    );
  });

  test("is named once", () => {
    const capacityProviderStrategy = [FARGATE, FARGATE];
    expect(() => requestedCapacity({ capacityProviderStrategy }, cluster(BOTH), revision)).toThrow(
      "duplicate",
    );
  });
});

test("a platform is Fargate's alone, and one that there is", () => {
  expect(() => checkPlatform({ platformVersion: "LATEST" }, "EC2")).toThrow("must be null");
  expect(() => checkPlatform({ platformVersion: "1.4.0" }, "FARGATE")).not.toThrow();
  expect(() => checkPlatform({ platformVersion: "2.0.0" }, "FARGATE")).toThrow("does not exist");
});

test("a cluster's default strategy shares out among its own providers", () => {
  expect(() => checkedProviders(["FARGATE_SPOT"], [FARGATE])).toThrow("not associated");
  expect(() => checkedProviders(["mine"])).toThrow("was not found");
  expect(checkedProviders(BOTH, [{ capacityProvider: "FARGATE", weight: 1 }])).toEqual({
    capacityProviders: BOTH,
    defaultCapacityProviderStrategy: [FARGATE],
  });
});
