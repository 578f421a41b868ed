import { get } from "node:http";
import { FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DeregisterContainerInstanceCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  ListTaskDefinitionsCommand,
  type Service,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { IMAGE } from "./support/image.ts";
import { logsOf } from "./support/logs.ts";
import { describeWith } from "./support/needs.ts";
import { balancerPortsOf } from "./support/ports.ts";
import { startSecondAgent } from "./support/second-agent.ts";
import { NOTHING_TO_DO, openTerraform, terraformMissing } from "./support/terraform.ts";

const [PORT] = balancerPortsOf("terraform-services");
const CLUSTER = "storefront";
const ROLLED_OUT_MS = 60_000;
/** How many tasks and what they answer, and which path is not theirs. */
const FIRST = ["-var", `port=${PORT}`, "-var", `image=${IMAGE}`];
const CHANGES = [...FIRST, "-var", "greeting=good evening", "-var", "tasks=1", "-var", "path=/tea"];

describeWith(terraformMissing(), "Terraform", async () => {
  const account = await createAccount();
  const { ecs, endpoint, region, credentials } = account;
  const elb = new ElasticLoadBalancingV2Client({ endpoint, region, credentials, maxAttempts: 1 });
  afterAll(() => account.close());

  const rolledOut = () =>
    vi.waitFor(
      async () => {
        const { services = [] } = await ecs.send(
          new DescribeServicesCommand({ cluster: CLUSTER, services: ["web"] }),
        );
        const [{ deployments = [], runningCount, desiredCount }] = services as [Service];
        expect(deployments.map(({ rolloutState }) => rolloutState)).toEqual(["COMPLETED"]);
        expect(runningCount).toBe(desiredCount);
        return desiredCount;
      },
      { timeout: ROLLED_OUT_MS, interval: 250 },
    );

  /** What the load balancer answers, on its loopback twin. */
  async function answer(path: string): Promise<string> {
    const listed = await account.stack.roadstead("lb");
    const line = listed.split("\n").find((text) => text.includes(account.accountId)) ?? "";
    const host = /\b127\.64\.\d+\.\d+\b/.exec(line)?.[0];
    return new Promise((resolve, reject) => {
      get({ host, port: PORT, path, timeout: 10_000 }, (response) => {
        let text = `${response.statusCode} `;
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve(text.trim()));
      }).on("error", reject);
    });
  }

  /** What there is of everything that the example makes and that is not kept when it is deleted. */
  async function everything(): Promise<readonly unknown[]> {
    const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [CLUSTER] }));
    const { taskDefinitionArns } = await ecs.send(new ListTaskDefinitionsCommand({ status: "ACTIVE" }));
    const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({}));
    const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({}));
    return [
      clusters.filter(({ status }) => status === "ACTIVE"),
      taskDefinitionArns,
      LoadBalancers,
      TargetGroups,
    ];
  }

  test("makes a service behind a load balancer, finds nothing to do, changes, imports and removes it, and sees drift", {
    timeout: 400_000,
  }, async () => {
    const terraform = await openTerraform(account, "services");
    const { must, planned } = terraform;
    try {
      expect(await must("apply", "-auto-approve", ...FIRST)).toContain("9 added, 0 changed, 0 destroyed");
      expect(await planned(...FIRST)).toBe(NOTHING_TO_DO);
      const size = { cpu: 512, memory: 256 };
      const agent = await startSecondAgent(account, size, { ROADSTEAD_CLUSTER: CLUSTER });
      expect(await rolledOut()).toBe(2);
      expect([await answer("/"), await answer("/api/x")]).toEqual(["200 hello", "418 short and stout"]);
      const inGroup = new FilterLogEventsCommand({ logGroupName: "/ecs/storefront/web" });
      await vi.waitFor(
        async () => expect((await logsOf(account).send(inGroup)).events?.[0]?.message).toBe("started"),
        { timeout: 60_000, interval: 250 },
      );

      expect(await must("apply", "-auto-approve", ...CHANGES)).toContain("1 added, 2 changed, 1 destroyed");
      expect(await planned(...CHANGES)).toBe(NOTHING_TO_DO);
      expect(await rolledOut()).toBe(1);
      expect([await answer("/"), await answer("/tea")]).toEqual(["200 good evening", "418 short and stout"]);

      const arn = /arn:aws:elasticloadbalancing:\S+:loadbalancer\/app\/storefront\/\w+/;
      const balancer = arn.exec(await must("state", "show", "aws_lb.main"))?.[0] ?? "";
      for (const [address, id] of [
        ["aws_ecs_cluster.main", CLUSTER],
        ["aws_ecs_service.web", `${CLUSTER}/web`],
        ["aws_lb.main", balancer],
      ] as const) {
        await must("state", "rm", address);
        await must("import", ...CHANGES, address, id);
      }
      // Of a service that it imported the provider knows the revision, and takes its ARN for a change.
      expect(await must("apply", "-auto-approve", ...CHANGES)).toContain("0 added, 1 changed, 0 destroyed");
      expect(await planned(...CHANGES)).toBe(NOTHING_TO_DO);

      await ecs.send(new UpdateServiceCommand({ cluster: CLUSTER, service: "web", desiredCount: 0 }));
      expect(await planned(...CHANGES)).toContain("desired_count                      = 0 -> 1");
      await must("destroy", "-auto-approve", "-target=aws_ecs_service.web", ...CHANGES);
      // As an Auto Scaling group would: the machine leaves before its cluster goes.
      await ecs.send(
        new DeregisterContainerInstanceCommand({
          cluster: CLUSTER,
          containerInstance: agent.containerInstanceArn,
          force: true,
        }),
      );
      await agent.stop();
      await must("destroy", "-auto-approve", ...CHANGES);
      expect(await everything()).toEqual([[], [], [], []]);
    } finally {
      await terraform.close();
    }
  });
});
