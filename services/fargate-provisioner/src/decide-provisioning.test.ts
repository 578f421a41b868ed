import type { FleetHost } from "@roadstead/db/fargate-fleets";
import type { FleetSnapshot, WaitingTask } from "@roadstead/db/provision-tasks";
import { describe, expect, test } from "vitest";
import { decideProvisioning, standardSize } from "./decide-provisioning.ts";

const BUDGET = { cpu: 4_096, memoryMiB: 8_192 };
const LIMITS = { budget: BUDGET, capacityWaitMs: 60_000 };
const NOW = 1_000_000;

const aTask = (id: string, over: Partial<WaitingTask> = {}): WaitingTask => ({
  id,
  scopeId: 1,
  launchRequestId: `request of ${id}`,
  demand: { cpu: 1_024, memoryMiB: 2_048, ports: [], gpus: 0 },
  requiresAttributes: [],
  platform: null,
  parameters: { constraints: [], strategy: [], assignments: null },
  createdAtMs: NOW - 1_000,
  service: null,
  ...over,
});

const aHost = (id: string, over: Partial<FleetHost> = {}): FleetHost => ({
  id,
  scopeId: 1,
  machine: "here",
  agentId: `agent of ${id}`,
  ...standardSize(BUDGET),
  status: "ACTIVE",
  instanceId: `instance of ${id}`,
  isConnected: true,
  createdAtMs: 0,
  tasks: 0,
  idleForMs: 0,
  ...over,
});

const anInstance = (
  host: FleetHost,
  over: Partial<FleetSnapshot["instances"][number]> = {},
): FleetSnapshot["instances"][number] => ({
  id: host.instanceId ?? "",
  scopeId: 1,
  clusterId: "fleet",
  agentId: host.agentId,
  status: "ACTIVE",
  statusReason: null,
  ec2InstanceId: null,
  versionInfo: {},
  attributes: [{ name: "ecs.cpu-architecture", value: "x86_64" }],
  tags: [],
  registeredResources: [],
  cpuTotal: host.cpu,
  memoryTotal: host.memoryMiB,
  cpuFree: host.cpu,
  memoryFree: host.memoryMiB,
  agentConnected: host.isConnected,
  version: 1,
  registeredAt: new Date(0),
  ...over,
});

const aFleet = (
  tasks: readonly WaitingTask[],
  hosts: readonly FleetHost[] = [aHost("a")],
): FleetSnapshot => ({
  newestBell: 1,
  nowMs: NOW,
  scopeId: 1,
  tasks,
  hosts,
  instances: hosts.flatMap((host) => (host.instanceId ? [anInstance(host)] : [])),
});

test("a fleet has a host before a task asks", () => {
  expect(decideProvisioning(aFleet([], []), LIMITS).newHosts).toEqual([standardSize(BUDGET)]);
  expect(decideProvisioning(aFleet([]), LIMITS).newHosts).toEqual([]);
});

test("ranges of ports and ephemeral storage need nothing of a host", () => {
  const requiresAttributes = [
    { name: "ecs.capability.network.container-port-range" },
    { name: "ecs.capability.extensible-ephemeral-storage" },
  ];
  const { placements } = decideProvisioning(aFleet([aTask("t", { requiresAttributes })]), LIMITS);
  expect(placements).toEqual([{ taskId: "t", instanceId: "instance of a" }]);
});

test("full hosts are filled first", () => {
  const hosts = [aHost("a"), aHost("b")];
  const fleet = aFleet([aTask("t")], hosts);
  const instances = hosts.map((host) =>
    anInstance(host, host.id === "b" ? { cpuFree: 1_024, memoryFree: 2_048 } : {}),
  );
  expect(decideProvisioning({ ...fleet, instances }, LIMITS).placements).toEqual([
    { taskId: "t", instanceId: "instance of b" },
  ]);
});

describe("tasks without room", () => {
  const four = ["a", "b", "c", "d"].map((id) => aTask(id));

  test("share the hosts that are to come", () => {
    const { placements, newHosts } = decideProvisioning(aFleet(four), LIMITS);
    expect(placements).toHaveLength(2);
    expect(newHosts).toEqual([standardSize(BUDGET)]);
  });

  test("wait for a host that is coming up", () => {
    const hosts = [aHost("a"), aHost("b", { instanceId: null, isConnected: false })];
    expect(decideProvisioning(aFleet(four, hosts), LIMITS).newHosts).toEqual([]);
  });

  test("get a host of their own size where it is more than the standard", () => {
    const large = aTask("large", { demand: { cpu: 4_096, memoryMiB: 8_192, ports: [], gpus: 0 } });
    expect(decideProvisioning(aFleet([large]), LIMITS).newHosts).toEqual([BUDGET]);
  });

  test("are looked at again when the first of them has waited in vain, and stop then", () => {
    const waiting = [aTask("old", { createdAtMs: NOW - 59_000 }), ...four];
    const nobody = { budget: null, capacityWaitMs: 60_000 };
    expect(decideProvisioning(aFleet(waiting, []), nobody)).toMatchObject({
      hopeless: [],
      wakeAtMs: NOW + 1_000,
      newHosts: [],
    });
    expect(decideProvisioning({ ...aFleet(waiting, []), nowMs: NOW + 1_000 }, nobody).hopeless).toEqual([
      "old",
    ]);
  });

  test("that no host could hold stop at once", () => {
    const huge = aTask("huge", { demand: { cpu: 8_192, memoryMiB: 16_384, ports: [], gpus: 0 } });
    expect(decideProvisioning(aFleet([huge]), LIMITS)).toMatchObject({ hopeless: ["huge"], newHosts: [] });
  });
});

test("a task for another architecture is not placed, and another host would not help", () => {
  const arm = aTask("arm", { platform: { cpuArchitecture: "ARM64" } });
  expect(decideProvisioning(aFleet([arm]), LIMITS)).toMatchObject({ placements: [], newHosts: [] });
  const intel = aTask("intel", { platform: { cpuArchitecture: "X86_64" } });
  expect(decideProvisioning(aFleet([intel]), LIMITS).placements).toHaveLength(1);
});

test("a host that is leaving takes nothing", () => {
  const host = aHost("a", { status: "RETIRED" });
  expect(decideProvisioning(aFleet([aTask("t")], [host]), LIMITS)).toMatchObject({
    placements: [],
    newHosts: [standardSize(BUDGET)],
  });
});
