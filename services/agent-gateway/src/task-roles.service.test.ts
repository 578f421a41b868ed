/** What agents are given of their tasks' roles, and for how long it is worth anything, on real PostgreSQL and Redis. */
import { migrate } from "@roadstead/db/migrate";
import { resolveSession } from "@roadstead/db/role-sessions";
import { insertRole, putRolePolicy } from "@roadstead/db/roles";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import { usePostgres } from "@roadstead/testing/postgres";
import { usePrivateRedis } from "@roadstead/testing/redis";
import { beforeEach, describe, expect, test } from "vitest";
import { useGateways, WAIT } from "./gateway-fixture.ts";
import type { World } from "./world-fixture.ts";

const gateways = useGateways(usePostgres({ migrate }), usePrivateRedis());
const ACCOUNT = "000000000000";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Credentials {
  readonly credentialsId: string;
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
}

let world: World;
beforeEach(async () => {
  world = await gateways.world();
});

async function aRole(name: string, Service: string) {
  const Statement = [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }];
  const role = await gateways.db().write(async (tx) => {
    const row = await insertRole(tx, {
      accountId: ACCOUNT,
      name,
      path: "/svc/",
      description: null,
      trustPolicy: JSON.stringify({ Version: "2012-10-17", Statement }),
      maxSessionSeconds: 3_600,
      tags: [],
    });
    await putRolePolicy(tx, row?.roleId ?? "", { name: "p", document: "{}" });
    return row;
  });
  return { roleId: role?.roleId ?? "", arn: `arn:aws:iam::${ACCOUNT}:role/svc/${name}` };
}

/** A machine with one task of these roles, and its agent's first payload. */
async function aTask(roles: object, env: Record<string, string> = {}) {
  await gateways
    .db()
    .query("UPDATE task_definitions SET definition = definition || $1::jsonb", [JSON.stringify(roles)]);
  const [taskId = ""] = await world.placeTasks(1);
  const agent = gateways.agent(await gateways.open(env), world);
  const payload = await agent.first("PayloadMessage");
  const [task] = (payload?.tasks ?? []) as (Record<string, Credentials | undefined> & { arn: string })[];
  return { agent, taskId, task };
}

const holderOf = (credentials: Credentials | undefined) =>
  resolveSession(gateways.db(), gateways.secrets, {
    accessKeyId: credentials?.accessKeyId ?? "",
    sessionToken: credentials?.sessionToken ?? "",
  });

describe("a task of roles", () => {
  test("comes with credentials of both, which act as the role in the task's name until the task stops", async () => {
    const app = await aRole("app", "ecs-tasks.amazonaws.com");
    const execution = await aRole("execution", "ecs-tasks.amazonaws.com");
    const { taskId, task } = await aTask({ taskRoleArn: app.arn, executionRoleArn: "execution" });
    const own = task?.roleCredentials;
    expect(own).toMatchObject({ roleArn: app.arn, credentialsId: expect.stringMatching(UUID) });
    expect(task?.executionRoleCredentials).toMatchObject({ roleArn: execution.arn });
    expect(task?.executionRoleCredentials?.credentialsId).not.toBe(own?.credentialsId);
    expect(own?.expiration).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(await holderOf(own)).toMatchObject({
      secretAccessKey: own?.secretAccessKey,
      principal: {
        kind: "role",
        roleId: app.roleId,
        arn: `arn:aws:sts::${ACCOUNT}:assumed-role/app/${taskId}`,
      },
    });
    const stop = { stopCode: "UserInitiated", stoppedReason: "mine" } as const;
    await gateways.db().write((tx) => transitionTasks(tx, [{ taskId, stop }]));
    expect(await holderOf(own)).not.toBeNull();
    await gateways.db().write((tx) => transitionTasks(tx, [{ taskId, lastStatus: "STOPPED" }]));
    expect(await holderOf(own)).toBeNull();
    expect(await holderOf(task?.executionRoleCredentials)).toBeNull();
  });

  test("is sent new credentials under the same id before the old ones end", async () => {
    const app = await aRole("app", "ecs-tasks.amazonaws.com");
    const { agent, task } = await aTask(
      { taskRoleArn: app.arn },
      { ROADSTEAD_TASK_CREDENTIALS_LIFE_MS: "4000" },
    );
    const renewal = await agent.first("IAMRoleCredentialsMessage");
    expect(renewal).toMatchObject({ taskArn: task?.arn, roleType: "TaskApplication" });
    const renewed = renewal?.roleCredentials as Credentials;
    expect(renewed.credentialsId).toBe(task?.roleCredentials?.credentialsId);
    expect(renewed.accessKeyId).not.toBe(task?.roleCredentials?.accessKeyId);
    expect((await holderOf(renewed))?.principal).toMatchObject({ roleName: "app" });
    await expect.poll(() => agent.of("IAMRoleCredentialsMessage").length, WAIT).toBeGreaterThan(1);
  });

  test.each([
    ["does not trust tasks", "ec2.amazonaws.com", (arn: string) => arn],
    ["is named with another path", "ecs-tasks.amazonaws.com", (arn: string) => arn.replace("svc", "other")],
    [
      "is another account's",
      "ecs-tasks.amazonaws.com",
      (arn: string) => arn.replace(ACCOUNT, "1".repeat(12)),
    ],
  ])("comes without credentials where the role %s", async (_, service, named) => {
    const { arn } = await aRole("app", service);
    const { task } = await aTask({ taskRoleArn: named(arn), executionRoleArn: "nobody" });
    expect(task?.arn).toBeDefined();
    expect(task?.roleCredentials).toBeUndefined();
    expect(task?.executionRoleCredentials).toBeUndefined();
  });
});
