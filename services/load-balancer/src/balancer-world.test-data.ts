/** Rows of a load balancer as its API would write them, and passes over them with a HAProxy of the test's own. */
import { setTimeout as pause } from "node:timers/promises";
import type { Db } from "@roadstead/db/connect";
import { aScope, box } from "@roadstead/db/world.test-data";
import type { BalancerAction, BalancerCondition } from "@roadstead/model/balancer-rule";
import { freePort } from "@roadstead/testing/free-port";
import { expect } from "vitest";
import { balancerConfigurator, type ConfigureOutcome } from "./configure-balancers.ts";
import { HAPROXY, type TestHaproxy } from "./haproxy.test-data.ts";
import { openHaproxy } from "./running-haproxy.ts";

export const GROUP = "00000000000000aa";
export const OTHER_GROUP = "00000000000000bb";
export const BALANCER = "0000000000000001";

export const forwardTo = (...ids: readonly string[]): BalancerAction => ({
  type: "forward",
  targetGroups: ids.map((targetGroupId) => ({ targetGroupId, weight: 1 })),
  stickinessSeconds: null,
});

const QUICK_CHECK = {
  protocol: "HTTP",
  port: "traffic-port",
  path: "/health",
  intervalSeconds: 1,
  // Targets live in this process, which may be kept from answering for a while.
  timeoutSeconds: 5,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
  matcher: "200",
};

export interface BalancerWorld {
  readonly url: string;
  /** Where it listens. */
  readonly loopback: string;
  readonly scopeId: number;
  readonly pass: () => Promise<ConfigureOutcome>;
  /** Passes until HAProxy is there. */
  runs(): Promise<void>;
  /** Passes until one has HAProxy take a new configuration: one that meets it in the middle of something leaves it alone. */
  reloads(): Promise<void>;
  register(groupId: string, ...ports: readonly number[]): Promise<void>;
  deregister(groupId: string, port: number): Promise<void>;
  addRule(priority: number, conditions: readonly BalancerCondition[], action: BalancerAction): Promise<void>;
  /** Passes until every target that is asked for has the state. */
  until(groupId: string, port: number, state: string): Promise<void>;
  healthOf(groupId: string, port: number): Promise<{ state: string; reason: string | null } | null>;
}

/** How long a test waits for what must happen. */
export const SOON = { timeout: 20_000, interval: 50 };

/** A balancer with one listener at a free port of a loopback address, and two groups. */
export async function aBalancer(db: Db, haproxy: TestHaproxy, delaySeconds = 300): Promise<BalancerWorld> {
  const scope = await aScope(db);
  const loopback = "127.64.255.1";
  const port = await freePort(loopback);
  await insertRows(db, { scopeId: scope.id, loopback, port, delaySeconds });
  const pass = balancerConfigurator({
    db,
    haproxy: openHaproxy(haproxy.folder, HAPROXY ?? "haproxy"),
    certificateKeys: box,
    log: { info: () => undefined, warn: () => undefined },
  });
  const healthOf = async (groupId: string, targetPort: number) => {
    const [row] = await db.query<{ state: string; reason: string | null }>(
      "SELECT state, reason FROM target_health WHERE target_group_id = $1 AND port = $2",
      [groupId, targetPort],
    );
    return row ?? null;
  };
  return {
    loopback,
    scopeId: scope.id,
    url: `http://${loopback}:${port}`,
    pass,
    runs: () => expect.poll(pass, SOON).toMatchObject({ running: true }),
    reloads: () => expect.poll(pass, SOON).toMatchObject({ reloaded: true }),
    healthOf,
    async register(groupId, ...ports) {
      for (const targetPort of ports)
        await db.query(
          "INSERT INTO targets (target_group_id, target_id, port, state) VALUES ($1, '127.0.0.1', $2, 'registered')",
          [groupId, targetPort],
        );
    },
    async deregister(groupId, targetPort) {
      await db.query(
        "UPDATE targets SET state = 'draining', draining_since = now() WHERE target_group_id = $1 AND port = $2",
        [groupId, targetPort],
      );
    },
    async addRule(priority, conditions, action) {
      await db.query(
        `INSERT INTO listener_rules (id, listener_id, priority, conditions, actions, tags)
         SELECT $1, id, $2, $3, $4, '[]' FROM listeners`,
        [`rule${priority}`, priority, JSON.stringify(conditions), JSON.stringify([action])],
      );
    },
    until: (groupId, targetPort, state) =>
      expect
        .poll(
          async () => {
            await pass();
            return (await healthOf(groupId, targetPort))?.state;
          },
          { ...SOON, interval: 100 },
        )
        .toBe(state),
  };
}

async function insertRows(
  db: Db,
  row: {
    readonly scopeId: number;
    readonly loopback: string;
    readonly port: number;
    readonly delaySeconds: number;
  },
): Promise<void> {
  await db.query(
    `INSERT INTO load_balancers (id, scope_id, name, type, scheme, state, slot, address, loopback_address, dns_name,
       vpc_id, subnets, security_groups, attributes, tags)
     VALUES ($1, $2, 'web', 'application', 'internal', 'provisioning', 1, '192.0.2.1', $3, 'web.test', 'vpc-1', '[]',
       '[]', '{}', '[]')`,
    [BALANCER, row.scopeId, row.loopback],
  );
  const attributes = JSON.stringify({ "deregistration_delay.timeout_seconds": String(row.delaySeconds) });
  for (const id of [GROUP, OTHER_GROUP])
    await db.query(
      `INSERT INTO target_groups (id, scope_id, name, protocol, protocol_version, port, target_type, vpc_id,
         health_check, attributes, tags)
       VALUES ($1, $2, $1, 'HTTP', 'HTTP1', 80, 'ip', 'vpc-1', $3, $4, '[]')`,
      [id, row.scopeId, JSON.stringify(QUICK_CHECK), attributes],
    );
  await db.query(
    `INSERT INTO listeners (id, load_balancer_id, protocol, port, default_actions, default_rule_id, certificates,
       attributes, tags)
     VALUES ('listener1', $1, 'HTTP', $2, $3, 'default1', '[]', '{}', '[]')`,
    [BALANCER, row.port, JSON.stringify([forwardTo(GROUP)])],
  );
  for (const id of [GROUP, OTHER_GROUP])
    await db.query(
      "INSERT INTO target_group_uses (target_group_id, listener_id, rule_id) VALUES ($1, 'listener1', 'default1')",
      [id],
    );
}

export interface Traffic {
  readonly answers: { readonly status: number; readonly port: number | null }[];
  stop(): Promise<void>;
}

/** Keep-alive requests one after the other on several connections; a request that fails has status 0. */
export function sendTraffic(url: string, connections = 4): Traffic {
  const answers: { status: number; port: number | null }[] = [];
  let stopped = false;
  const one = async () => {
    while (!stopped) {
      answers.push(await get(url));
      await pause(5);
    }
  };
  const all = Array.from({ length: connections }, one);
  return {
    answers,
    async stop() {
      stopped = true;
      await Promise.all(all);
    },
  };
}

export async function get(url: string): Promise<{ status: number; port: number | null }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(15_000), redirect: "manual" });
    const text = await response.text();
    const port = text.startsWith("{") ? (JSON.parse(text) as { port: number }).port : null;
    return { status: response.status, port };
  } catch {
    return { status: 0, port: null };
  }
}
