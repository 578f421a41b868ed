import type { FleetHost } from "@roadstead/db/fargate-fleets";
import { expect, test } from "vitest";
import { hostsInTheWay } from "./hosts-in-the-way.ts";

const BUDGET = { cpu: 2_048, memoryMiB: 4_096 };
const HALF = { cpu: 1_024, memoryMiB: 2_048 };

const aHost = (id: string, over: Partial<FleetHost> = {}): FleetHost => ({
  id,
  scopeId: 1,
  machine: "here",
  agentId: `agent of ${id}`,
  ...HALF,
  status: "ACTIVE",
  instanceId: `instance of ${id}`,
  isConnected: true,
  createdAtMs: 0,
  tasks: 0,
  idleForMs: 1_000,
  ...over,
});

const ids = (hosts: readonly FleetHost[]) => hosts.map(({ id }) => id);

test("the longest idle leaves first, and no more than must", () => {
  const hosts = [aHost("a"), aHost("b", { idleForMs: 9_000 })];
  expect(ids(hostsInTheWay(hosts, BUDGET, HALF))).toEqual(["b"]);
  expect(ids(hostsInTheWay(hosts, BUDGET, BUDGET))).toEqual(["b", "a"]);
});

test("nobody leaves where that would not be enough", () => {
  const hosts = [aHost("a"), aHost("b", { tasks: 1, idleForMs: null })];
  expect(hostsInTheWay(hosts, BUDGET, BUDGET)).toEqual([]);
});

test("a host that is still coming up is left alone", () => {
  const hosts = [aHost("a", { isConnected: false, instanceId: null }), aHost("b", { tasks: 1 })];
  expect(hostsInTheWay(hosts, BUDGET, HALF)).toEqual([]);
});

test("what a leaving host gives back is counted, and it is not asked again", () => {
  const hosts = [aHost("a", { status: "RETIRED" }), aHost("b", { tasks: 1 })];
  expect(hostsInTheWay(hosts, BUDGET, HALF)).toEqual([]);
});
