/** Rules with targets as Terraform makes them: what they bring, and that nothing of them is planned twice or stays. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  EventBridgeClient,
  ListApiDestinationsCommand,
  ListConnectionsCommand,
  ListRulesCommand,
  PutEventsCommand,
} from "@aws-sdk/client-eventbridge";
import { ListRolesCommand } from "@aws-sdk/client-iam";
import { afterAll, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { eventsOf, logsOf } from "./support/logs.ts";
import { describeWith } from "./support/needs.ts";
import { NOTHING_TO_DO, openTerraform, terraformMissing } from "./support/terraform.ts";

const ARRIVES = { timeout: 20_000, interval: 200 };

describeWith(terraformMissing(), "Terraform", async () => {
  const account = await createAccount();
  const { endpoint, region, credentials } = account;
  const config = { endpoint, region, credentials, maxAttempts: 1 };
  const bus = new EventBridgeClient(config);
  /** What the webhook was sent, by its path. */
  const told: string[] = [];
  const webhook = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      told.push(`${request.url} ${request.headers["x-token"]} ${request.headers["x-from"]} ${body}`);
      response.end();
    });
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  const { port } = webhook.address() as AddressInfo;
  afterAll(async () => {
    webhook.close();
    await account.close();
  });

  /** What there is of everything that the example makes. */
  async function everything(): Promise<readonly (string | undefined)[]> {
    const [rules, connections, destinations, groups, roles] = await Promise.all([
      bus.send(new ListRulesCommand({})),
      bus.send(new ListConnectionsCommand({})),
      bus.send(new ListApiDestinationsCommand({})),
      logsOf(account).send(new DescribeLogGroupsCommand({})),
      account.iam.send(new ListRolesCommand({})),
    ]);
    return [
      ...(rules.Rules ?? []).map(({ Name }) => Name),
      ...(connections.Connections ?? []).map(({ Name }) => Name),
      ...(destinations.ApiDestinations ?? []).map(({ Name }) => Name),
      ...(groups.logGroups ?? []).map(({ logGroupName }) => logGroupName),
      ...(roles.Roles ?? []).map(({ RoleName }) => RoleName),
    ];
  }

  test("makes rules with targets that bring what they match, finds nothing to do, changes, imports and removes them", {
    timeout: 300_000,
  }, async () => {
    const terraform = await openTerraform(account, "events");
    const { must, planned } = terraform;
    const at = ["-var", `webhook=http://127.0.0.1:${port}/tasks/*`];
    try {
      expect(await must("apply", "-auto-approve", ...at)).toContain("7 added, 0 changed, 0 destroyed");
      expect(await planned(...at)).toBe(NOTHING_TO_DO);
      const Entries = ["Paid", "ECS Service Action"].map((DetailType) => ({
        Source: "storefront.shop",
        DetailType,
        Detail: "{}",
      }));
      await bus.send(new PutEventsCommand({ Entries }));
      await vi.waitFor(() => expect(told).toHaveLength(1), ARRIVES);
      expect(told).toEqual([`/tasks/stopped?version=1 change-me storefront {"text": "Paid", "task": ""}`]);
      await vi.waitFor(
        async () => expect(await eventsOf(account, "/aws/events/storefront")).toHaveLength(1),
        ARRIVES,
      );

      const changes = [...at, "-var", "status=RUNNING", "-var", "token=another"];
      expect(await must("apply", "-auto-approve", ...changes)).toContain("0 added, 2 changed, 0 destroyed");
      expect(await planned(...changes)).toBe(NOTHING_TO_DO);
      for (const [address, id] of [
        ["aws_cloudwatch_event_rule.tasks", "storefront-tasks"],
        ["aws_cloudwatch_event_target.webhook", "storefront-tasks/webhook"],
      ] as const) {
        await must("state", "rm", address);
        await must("import", ...changes, address, id);
      }
      expect(await planned(...changes)).toBe(NOTHING_TO_DO);
      await must("destroy", "-auto-approve", ...changes);
      expect(await everything()).toEqual([]);
    } finally {
      await terraform.close();
    }
  });
});
