import { expect, test } from "vitest";
import { createConfig, impossible } from "./create-config.ts";
import { groupLimits } from "./fargate-slot.ts";
import type { ContainerSpec, TaskSpec } from "./task.ts";
import { aContainerSpec, aTaskSpec } from "./task-fixture.ts";

const MIB = 1_024 * 1_024;
const context = {
  instanceArn: "arn:aws:ecs:us-east-1:000000000000:container-instance/fleet/1",
  region: "us-east-1",
  nofile: { soft: 1_024, hard: 4_096 },
  cgroupParent: "/ecs/1",
};
const network = {
  interfaceId: "eni-1",
  attachmentArn: "",
  mac: "",
  address: "10.0.0.7",
  gateway: "10.0.0.1",
  vpcId: "vpc-1",
  vpcCidr: "10.0.0.0/16",
  subnetId: "",
  privateDnsName: "",
};
const driven = {
  kind: "task" as const,
  name: "v",
  create: true,
  driver: null,
  driverOptions: {},
  labels: {},
};
const aSlot = (over: Partial<TaskSpec> = {}) =>
  aTaskSpec({ launchType: "FARGATE", networkMode: "awsvpc", network, cpu: 0.25, memoryMiB: 512, ...over });
const hostConfigOf = (container: Partial<ContainerSpec>) =>
  createConfig(aSlot(), aContainerSpec(container), context).HostConfig;

test("a container has its task's size as its own, and less memory only where its definition says so", () => {
  const limits = { NanoCpus: 250_000_000, CgroupParent: "/ecs/1" };
  expect(hostConfigOf({})).toMatchObject({ ...limits, Memory: 512 * MIB, MemorySwap: 512 * MIB });
  expect(hostConfigOf({ memoryMiB: 128 })).toMatchObject({
    ...limits,
    Memory: 128 * MIB,
    MemorySwap: 128 * MIB,
  });
  expect(hostConfigOf({ memoryMiB: 4_096 })).toMatchObject({ ...limits, Memory: 512 * MIB });
});

test("nothing that a document says reaches out of the task", () => {
  const given = hostConfigOf({
    hostConfig: {
      Privileged: true,
      Binds: ["/:/host"],
      Devices: [{ PathOnHost: "/dev/sda" }],
      PidMode: "host",
      IpcMode: "host",
      UsernsMode: "host",
      CgroupParent: "/",
      Memory: 0,
      NetworkMode: "host",
      SecurityOpt: ["seccomp=unconfined"],
      CapAdd: ["SYS_ADMIN", "SYS_PTRACE"],
      CapDrop: ["NET_RAW"],
      ReadonlyRootfs: true,
    },
  });
  for (const key of ["Privileged", "Devices", "PidMode", "IpcMode", "UsernsMode", "SecurityOpt"]) {
    expect(given).not.toHaveProperty(key);
  }
  expect(given).toMatchObject({
    Binds: [],
    CapAdd: ["SYS_PTRACE"],
    CapDrop: ["NET_RAW"],
    CgroupParent: "/ecs/1",
    Memory: 512 * MIB,
    NetworkMode: "roadstead-vpc-1",
    ReadonlyRootfs: true,
  });
});

test.each<[Partial<TaskSpec>, RegExp]>([
  [{ volumes: [{ kind: "bind", name: "v", sourcePath: "/etc" }] }, /volumes of the host, volume v$/],
  [{ volumes: [{ ...driven, driver: "local", driverOptions: { o: "bind", device: "/etc" } }] }, /volume v$/],
  [{ volumes: [{ ...driven, kind: "shared" }] }, /volume v$/],
  [{ pidMode: "host" }, /namespaces/],
  [{ ipcMode: "host" }, /namespaces/],
  [{ cpu: 0 }, /size/],
  [{ memoryMiB: 0 }, /size/],
])("a task that wants more than a slot has is not begun: %j", (over, reason) => {
  expect(impossible(aSlot(over), aContainerSpec())).toMatch(reason);
  expect(impossible(aSlot(), aContainerSpec())).toBeNull();
});

test("a task without an interface of its own is not begun", () => {
  const { network: _none, ...bare } = aSlot();
  expect(impossible(bare, aContainerSpec())).toMatch(/network interface/);
});

test("containers of one task share its quota; one that is alone has it itself, and its group none beside it", () => {
  const alone = aSlot();
  expect(groupLimits(alone)).toEqual({ cpu: 0, memoryMiB: 512 });
  expect(groupLimits({ ...alone, launchType: "EC2" })).toMatchObject({ cpu: 0.25, memoryMiB: 512 });
  const two = [aContainerSpec(), aContainerSpec({ name: "side" })];
  expect(groupLimits({ ...alone, containers: two })).toMatchObject({ cpu: 0.25, memoryMiB: 512 });
});
