import { Agent, get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { createService, deleteAllServices, sayings, untilRolledOut } from "./support/services.ts";
import { container, register } from "./support/tasks.ts";

const PORT = 8_088;
const CLIENTS = 4;
const SERVE =
  "mkdir -p /www; echo $VERSION > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

const account = await createAccount({ agent: { cpu: 1024, memory: 512 } });
const { ecs, endpoint, region, credentials } = account;
const ec2 = new EC2Client({ endpoint, region, credentials });
const elb = new ElasticLoadBalancingV2Client({ endpoint, region, credentials });
afterAll(() => account.close());

const version = (name: string) =>
  register(ecs, "balanced", [
    container(SERVE, {
      portMappings: [{ containerPort: 8_080, hostPort: 0 }],
      environment: [{ name: "VERSION", value: name }],
    }),
  ]);

async function makeBalancer() {
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const { LoadBalancers = [] } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: "front",
      Subnets: Subnets.slice(0, 2).map(({ SubnetId }) => SubnetId ?? ""),
    }),
  );
  const { TargetGroups = [] } = await elb.send(
    new CreateTargetGroupCommand({
      Name: "web",
      Protocol: "HTTP",
      Port: 80,
      VpcId: Vpcs[0]?.VpcId,
      TargetType: "instance",
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      HealthyThresholdCount: 2,
    }),
  );
  const [balancer, group] = [LoadBalancers[0]?.LoadBalancerArn ?? "", TargetGroups[0]?.TargetGroupArn ?? ""];
  const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: "3" }];
  await elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn: group, Attributes }));
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancer,
      Protocol: "HTTP",
      Port: PORT,
      DefaultActions: [{ Type: "forward", TargetGroupArn: group }],
    }),
  );
  const listed = await account.stack.roadstead("lb");
  const twin = /\b127\.64\.\d+\.\d+\b/.exec(listed)?.[0];
  if (!twin) throw new Error(`roadstead lb lists no loopback twin:\n${listed}`);
  return { balancer, group, url: `http://${twin}:${PORT}/` };
}

/** Asks over kept-alive connections until told to stop; answers by text, and what was no answer. */
function startRequests(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const answers = new Map<string, number>();
  const failures: string[] = [];
  let going = true;
  const ask = () =>
    new Promise<void>((resolve) => {
      const failed = (why: string) => {
        failures.push(why);
        resolve();
      };
      get(url, { agent, timeout: 10_000 }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", (error) => failed(error.message));
        response.on("end", () => {
          if (response.statusCode !== 200) return failed(`status ${response.statusCode}`);
          answers.set(text.trim(), (answers.get(text.trim()) ?? 0) + 1);
          resolve();
        });
      }).on("error", (error) => failed(error.message));
    });
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (going) {
      await ask();
      await delay(5);
    }
  });
  return {
    async stop() {
      going = false;
      await Promise.all(clients);
      agent.destroy();
      return { answers, failures };
    },
  };
}

test("a service behind a load balancer is rolled and scaled without a failed request", async () => {
  const { balancer, group, url } = await makeBalancer();
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
  await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: balancer }));
  await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: group }));
});
