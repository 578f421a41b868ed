import { setTimeout as delay } from "node:timers/promises";
import { ListTasksCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { DescribeTargetHealthCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { deleteBalancer, makeBalancer } from "./support/balancers.ts";
import { balancerPortsOf } from "./support/ports.ts";
import { createService, deleteAllServices, sayings, untilRolledOut } from "./support/services.ts";
import { startRequests } from "./support/steady-requests.ts";
import { container, containerOf, register, stopTask, untilStopped } from "./support/tasks.ts";

const [PORT] = balancerPortsOf("load-balancer");
const SERVE =
  "mkdir -p /www; echo $VERSION > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
/** Every answer takes a second, which one that is cut does not live to see. */
const SLOW_MS = 1_000;
const SERVE_SLOWLY = `mkdir -p /www/cgi-bin; printf '#!/bin/sh\\nsleep 1\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\nserved"\\n' > /www/cgi-bin/slow;
  chmod +x /www/cgi-bin/slow; echo up > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait`;

const account = await createAccount({ agent: { cpu: 1024, memory: 512 } });
const { ecs, endpoint, region, credentials } = account;
afterAll(() => account.close());

const version = (name: string) =>
  register(ecs, "balanced", [
    container(SERVE, {
      portMappings: [{ containerPort: 8_080, hostPort: 0 }],
      environment: [{ name: "VERSION", value: name }],
    }),
  ]);

test("a service behind a load balancer is rolled and scaled without a failed request", async () => {
  const made = await makeBalancer({
    stack: account.stack,
    client: { endpoint, region, credentials },
    port: PORT,
    targetType: "instance",
    drainSeconds: 3,
  });
  const { elb, group, url } = made;
  await createService(ecs, "balanced", await version("one"), {
    desiredCount: 2,
    loadBalancers: [{ targetGroupArn: group, containerName: "main", containerPort: 8_080 }],
  });
  await untilRolledOut(ecs, "balanced");
  const requests = startRequests(url);
  const next = await version("two");
  await ecs.send(new UpdateServiceCommand({ service: "balanced", taskDefinition: next }));
  await untilRolledOut(ecs, "balanced");
  await ecs.send(new UpdateServiceCommand({ service: "balanced", desiredCount: 3 }));
  await untilRolledOut(ecs, "balanced");
  await ecs.send(new UpdateServiceCommand({ service: "balanced", desiredCount: 1 }));
  const service = await untilRolledOut(ecs, "balanced");
  const { answers, failures } = await requests.stop();
  expect(failures).toEqual([]);
  expect([...answers.keys()].sort()).toEqual(["one", "two"]);
  expect(answers.get("two")).toBeGreaterThan(50);

  const { TargetHealthDescriptions = [] } = await elb.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: group }),
  );
  const healthy = TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth?.State === "healthy");
  expect(healthy).toHaveLength(1);
  const texts = sayings(service).join("\n");
  expect(texts).toContain(`registered 1 targets in (target-group ${group})`);
  expect(texts).toContain("has begun draining connections on");

  await deleteAllServices(ecs);
  await deleteBalancer(made);
});

test("a task behind a load balancer that somebody stops is told so when its last request is through", async () => {
  const made = await makeBalancer({
    stack: account.stack,
    client: { endpoint, region, credentials },
    port: PORT,
    targetType: "instance",
    drainSeconds: 10,
  });
  const ports = { portMappings: [{ containerPort: 8_080, hostPort: 0 }] };
  await createService(ecs, "balanced", await register(ecs, "slow", [container(SERVE_SLOWLY, ports)]), {
    desiredCount: 2,
    loadBalancers: [{ targetGroupArn: made.group, containerName: "main", containerPort: 8_080 }],
  });
  await untilRolledOut(ecs, "balanced");
  const requests = startRequests(`${made.url}cgi-bin/slow`);
  // Each of both has requests under way from here on.
  await delay(SLOW_MS);
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ serviceName: "balanced" }));
  const [taskArn = ""] = taskArns;
  const told = await stopTask(ecs, taskArn, "mine");
  expect(told).toMatchObject({ lastStatus: "DEACTIVATING", desiredStatus: "STOPPED" });
  const task = await untilStopped(ecs, taskArn);
  await untilRolledOut(ecs, "balanced");
  const { answers, failures } = await requests.stop();
  expect(failures).toEqual([]);
  expect(answers.get("served")).toBeGreaterThan(5);
  expect(task).toMatchObject({ stopCode: "UserInitiated", stoppedReason: "mine" });
  expect(containerOf(task).exitCode).toBe(0);

  await deleteAllServices(ecs);
  await deleteBalancer(made);
});
