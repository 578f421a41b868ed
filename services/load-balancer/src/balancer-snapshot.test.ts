import type { LoadedBalancers, LoadedTarget } from "@roadstead/db/configure-balancers";
import { expect, test } from "vitest";
import { unservedTargets } from "./balancer-reports.ts";
import { balancerSnapshot } from "./balancer-snapshot.ts";

const ADDRESS = "198.18.64.1";

const aTarget = (targetId: string, change: Partial<LoadedTarget> = {}): LoadedTarget => ({
  targetId,
  port: 32_768,
  state: "registered",
  health: null,
  checkedForMs: 0,
  drainingForMs: 0,
  isLocalMachine: false,
  machineAddress: null,
  ...change,
});

const loaded = (targetType: "instance" | "ip", targets: readonly LoadedTarget[]): LoadedBalancers => ({
  newestBell: 0,
  balancers: [
    {
      id: "b",
      name: "web",
      state: "active",
      stateReason: null,
      address: ADDRESS,
      loopbackAddress: "127.64.0.1",
      attributes: {},
    },
  ],
  listeners: [],
  groups: [
    {
      id: "g",
      loadBalancerId: "b",
      protocol: "HTTP",
      targetType,
      healthCheck: {
        protocol: "HTTP",
        port: "traffic-port",
        path: "/",
        intervalSeconds: 30,
        timeoutSeconds: 5,
        healthyThreshold: 5,
        unhealthyThreshold: 2,
        matcher: "200",
      },
      attributes: {},
      targets,
    },
  ],
  ingress: [],
  certificates: [],
});

function groupOf(rows: LoadedBalancers, { pool = true, here = [] as readonly string[] } = {}) {
  const usable = new Set(pool ? [`${ADDRESS}:80`] : ["127.64.0.1:80"]);
  const snapshot = balancerSnapshot(rows, {
    bound: { usable, refused: new Map() },
    certificates: new Map(),
    here: new Set(here),
    folder: "/run/x",
  });
  const [group] = snapshot.groups;
  return {
    source: group?.sourceAddress,
    addresses: group?.targets.map(({ address }) => address),
  };
}

test("a port of this machine is reached over the loopback, from the balancer's address where that is the machine's", () => {
  const rows = loaded("instance", [aTarget("i-1", { isLocalMachine: true })]);
  const here = ["127.0.0.1"];
  expect(groupOf(rows, { here })).toEqual({ source: ADDRESS, addresses: ["127.0.0.1"] });
  expect(groupOf(rows, { here, pool: false })).toEqual({ source: null, addresses: ["127.0.0.1"] });
});

test("a machine that joined is reached where it says, from an address it can answer to", () => {
  const rows = loaded("instance", [
    aTarget("i-1", { isLocalMachine: true }),
    aTarget("i-2", { machineAddress: "198.19.0.2" }),
  ]);
  expect(groupOf(rows, { here: ["127.0.0.1"] })).toEqual({
    source: null,
    addresses: ["127.0.0.1", "198.19.0.2"],
  });
  expect(unservedTargets(rows)).toEqual([]);
});

test.each([
  null,
  "127.0.0.1",
  "169.254.169.254",
  "198.18.64.9",
  "198.18.127.254",
  "224.0.0.1",
  "0.0.0.0",
  "::1",
  "host",
])("a machine that says %s cannot be reached, which is said of it", (machineAddress) => {
  const rows = loaded("instance", [aTarget("i-2", { machineAddress })]);
  expect(groupOf(rows).addresses).toEqual([]);
  expect(unservedTargets(rows)).toMatchObject([{ state: "unused", reason: "Target.InvalidState" }]);
});

test("targets see the balancer's address when all of them are here; one elsewhere could not answer to it", () => {
  const rows = loaded("ip", [aTarget("172.31.0.5"), aTarget("10.0.0.9")]);
  expect(groupOf(rows, { here: ["172.31.0.5", "10.0.0.9"] }).source).toBe(ADDRESS);
  expect(groupOf(rows, { here: ["172.31.0.5"] }).source).toBeNull();
});
