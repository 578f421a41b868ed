import { expect, test } from "vitest";
import { aGroup, aTarget } from "./balancing.test-data.ts";
import { readServers, withOlder } from "./read-statistics.ts";
import type { Target } from "./snapshot.ts";
import { targetStates } from "./target-states.ts";

const HEADER =
  "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port";

interface Server {
  readonly operational?: number;
  readonly administrative?: number;
  readonly checkHealth?: number;
  readonly requests?: number;
  readonly check?: readonly [status: string, code: string];
}

function found(target: Target, server: Server) {
  return targetStates([aGroup({ targets: [target] })], running(server));
}

function running(server: Server) {
  const {
    operational = 2,
    administrative = 4,
    checkHealth = 3,
    requests = 0,
    check = ["L7OK", "200"],
  } = server;
  const state = `3 tg_bbbb 1 s1 10.0.0.1 ${operational} ${administrative} 1 1 7 17 2 ${checkHealth} 6 0 0 0 - 9001`;
  const stat = `# pxname,svname,scur,check_status,check_code\ntg_bbbb,s1,${requests},${check.join(",")}`;
  return readServers(`${HEADER}\n${state}\n`, `${stat}\n`);
}

const stateOf = (target: Target, server: Server) => found(target, server).reports[0];

test("a healthy target has neither reason nor description", () => {
  expect(stateOf(aTarget(9001), {})).toMatchObject({ state: "healthy", reason: null, description: null });
});

test.each([
  [["L7STS", "503"], "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"],
  [["L7TOUT", ""], "Target.Timeout", "Request timed out"],
  [["L4TOUT", ""], "Target.Timeout", "Request timed out"],
  [["L4CON", ""], "Target.FailedHealthChecks", "Health checks failed"],
] as const)("a check that ends as %s is told in AWS's words", (check, reason, description) => {
  expect(stateOf(aTarget(9001), { operational: 0, checkHealth: 0, check })).toMatchObject({
    state: "unhealthy",
    reason,
    description,
  });
});

test("a new target is initial until a check; one good check is enough", () => {
  const fresh = aTarget(9001, { health: null, checkedForMs: 100 });
  expect(stateOf(fresh, { operational: 0, checkHealth: 0, check: ["L7STS", "500"] })).toMatchObject({
    state: "initial",
    reason: "Elb.InitialHealthChecking",
  });
  expect(found(fresh, { operational: 0, checkHealth: 1 }).newlyHealthy).toEqual([
    { groupId: "bbbb", index: 0 },
  ]);
});

test("a new target that stays bad for as many checks as the group says is unhealthy", () => {
  const old = aTarget(9001, { health: "initial", checkedForMs: 13_000 });
  expect(stateOf(old, { operational: 0, checkHealth: 0, check: ["L7STS", "500"] })).toMatchObject({
    state: "unhealthy",
    reason: "Target.ResponseCodeMismatch",
  });
});

test("a new target is not ill before a check of it ended, however long it is there", () => {
  const old = aTarget(9001, { health: "initial", checkedForMs: 60_000 });
  expect(stateOf(old, { operational: 0, checkHealth: 0, check: ["INI", ""] })).toMatchObject({
    state: "initial",
  });
});

test("a target that HAProxy does not know yet is being registered", () => {
  expect(stateOf(aTarget(9002, { health: null }), {})).toMatchObject({
    reason: "Elb.RegistrationInProgress",
  });
});

test.each([
  ["has requests", { administrative: 1, requests: 1 }, 0, false],
  ["is still open", { requests: 0 }, 0, false],
  ["is still open at the delay's end", { requests: 0 }, 300_000, false],
  ["is idle", { administrative: 1, requests: 0 }, 0, true],
  ["has requests at the delay's end", { administrative: 1, requests: 1 }, 300_000, true],
] as const)("a draining target that %s", (_name, server, drainingForMs, isDrained) => {
  const { drained, reports } = found(aTarget(9001, { state: "draining", drainingForMs }), server);
  expect([drained.length === 1, reports[0]?.state === "draining"]).toEqual([isDrained, !isDrained]);
});

test.each([
  ["may still take a request", { requests: 0 }, 300_000, false],
  ["has a request", { administrative: 1, requests: 1 }, 0, false],
  ["is done with it", { administrative: 1, requests: 0 }, 0, true],
] as const)("a draining target of which an older worker %s", (_name, server, drainingForMs, isDrained) => {
  const now = running({ administrative: 1, requests: 0 });
  const groups = withOlder(now.groups, running(server).groups);
  const target = aTarget(9001, { state: "draining", drainingForMs });
  const { drained } = targetStates([aGroup({ targets: [target] })], { ...now, groups });
  expect(drained).toHaveLength(isDrained ? 1 : 0);
});
