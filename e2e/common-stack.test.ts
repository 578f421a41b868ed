import { ACMClient, GetCertificateCommand, ListCertificatesCommand } from "@aws-sdk/client-acm";
import { FilterLogEventsCommand, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { afterAll, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { added, type Belongings, belongingsOf, missing as lost, marksOf } from "./support/belongings.ts";
import { ask, keepAsking, trusting, twinOf } from "./support/https-client.ts";
import { assertNoLeaks } from "./support/leaks.ts";
import { logsOf } from "./support/logs.ts";
import { describeWith } from "./support/needs.ts";
import { pushServedImage } from "./support/served-image.ts";
import { destroyStack, preparedOn, startStack } from "./support/stack.ts";
import { loadCommonStack } from "./support/stack-under-load.ts";
import { NOTHING_TO_DO, openTerraform, terraformMissing } from "./support/terraform.ts";
import { hasWrk } from "./support/wrk.ts";

const withoutWrk = !hasWrk();
if (withoutWrk) process.stderr.write("skipping the common stack under load: no `wrk` on the PATH\n");

const DOMAIN = "storefront.example.com";
const LOG_GROUP = "/ecs/storefront/web";
/** Another image, more tasks, another rule, another policy's target, and other tags on everything. */
const CHANGES = [
  ...["-var", "image_tag=2", "-var", "least_tasks=3", "-var", "teapot=/tea"],
  ...["-var", "requests_per_task=600", "-var", "team=checkout", "-var", "insights=enabled"],
];
/** Of a service that it imported the provider knows the revision, and takes its ARN for a change; so with a lone group. */
const IMPORTED: readonly (readonly [string, string])[] = [
  ["aws_ecs_cluster.main", "storefront"],
  ["aws_ecs_service.web", "storefront/web"],
  ["aws_ecr_repository.web", "storefront/web"],
  ["aws_iam_role.task", "storefront-task"],
];
/** How long a minute of metrics and alarms lasts. */
const MINUTE_MS = process.env.ROADSTEAD_LONG === "1" ? 10_000 : 2_000;
const GONE = { timeout: 90_000, interval: 1_000 };

describeWith(terraformMissing(), "the common stack", async () => {
  /** A stack of this file's own: nobody else writes to its database. */
  const stack = await startStack({
    processes: "packed",
    env: { ROADSTEAD_METRIC_PERIOD_MS: String(MINUTE_MS) },
  });
  afterAll(async () => {
    await destroyStack(stack);
    await assertNoLeaks(stack.dataDir);
  });
  const account = await preparedOn(stack, () => createAccount({ stack }));
  const { endpoint, region, credentials } = account;
  const config = { endpoint, region, credentials, maxAttempts: 1 };

  /** Of what is on the machine, what is not another test's. */
  const marks = new Set(["10.83.", "storefront", account.accountId, stack.dataDir]);
  const isOurs = (line: string) => [...marks].some((mark) => line.includes(mark));
  const remember = async () => {
    for (const mark of await marksOf(isOurs)) marks.add(mark);
  };

  /** What a client needs to know to believe the certificate. */
  async function authority(): Promise<string> {
    const acm = new ACMClient(config);
    const { CertificateSummaryList = [] } = await acm.send(new ListCertificatesCommand({}));
    const [{ CertificateArn } = {}] = CertificateSummaryList;
    return (await acm.send(new GetCertificateCommand({ CertificateArn }))).CertificateChain ?? "";
  }

  test("applies, serves, changes without a failed request, is imported, shows drift, and is destroyed to nothing", {
    timeout: 900_000,
  }, async () => {
    // Whoever looks at the network of a region first makes its default VPC.
    await new EC2Client(config).send(new DescribeVpcsCommand({}));
    const before = await belongingsOf(stack.dataDir);
    const terraform = await openTerraform(account, "common-stack");
    const { must, planned } = terraform;
    const output = async (name: string) => (await must("output", "-raw", name)).trim();
    try {
      await must("apply", "-auto-approve", "-target=aws_ecr_repository.web");
      await pushServedImage(account, await output("repository"), "1");
      expect(await must("apply", "-auto-approve")).toContain("45 added, 0 changed, 0 destroyed");
      expect(await planned()).toBe(NOTHING_TO_DO);

      await remember();
      expect(marks.size).toBeGreaterThan(5);
      const twin = await twinOf(stack, account.accountId, "storefront");
      const agent = trusting({ ca: await authority(), servername: DOMAIN });
      expect(await ask(`https://${twin}/`, agent)).toMatchObject({
        status: 200,
        text: "1 hello from storefront",
      });
      expect(await ask(`https://${twin}/teapot`, agent)).toMatchObject({ status: 418 });
      const redirect = await ask(`http://${twin}/somewhere?x=1`);
      expect(redirect).toMatchObject({ status: 301, location: `https://${twin}:443/somewhere?x=1` });
      const { events } = await logsOf(account).send(new FilterLogEventsCommand({ logGroupName: LOG_GROUP }));
      expect(events?.map(({ message }) => message)).toContain("started");

      await pushServedImage(account, await output("repository"), "2");
      const asking = keepAsking(`https://${twin}/`, agent);
      expect(await must("apply", "-auto-approve", ...CHANGES)).toMatch(/1 added, \d+ changed, 1 destroyed/);
      await vi.waitFor(
        async () => expect((await ask(`https://${twin}/`, agent)).text).toBe("2 hello from checkout"),
        GONE,
      );
      const { answers, failures } = await asking.stop();
      expect(failures).toEqual([]);
      expect([...answers.keys()].sort()).toEqual(["1 hello from storefront", "2 hello from checkout"]);
      expect(await ask(`https://${twin}/tea`, agent)).toMatchObject({ status: 418 });
      expect(await planned(...CHANGES)).toBe(NOTHING_TO_DO);

      const arn = /arn:aws:elasticloadbalancing:\S+:loadbalancer\/app\/storefront\/\w+/;
      const balancer = arn.exec(await must("state", "show", "aws_lb.main"))?.[0] ?? "";
      for (const [address, id] of [...IMPORTED, ["aws_lb.main", balancer] as const]) {
        await must("state", "rm", address);
        await must("import", ...CHANGES, address, id);
      }
      await must("apply", "-auto-approve", ...CHANGES);
      expect(await planned(...CHANGES)).toBe(NOTHING_TO_DO);

      await logsOf(account).send(
        new PutRetentionPolicyCommand({ logGroupName: LOG_GROUP, retentionInDays: 1 }),
      );
      expect(await planned(...CHANGES)).toMatch(/retention_in_days\s+= 1 -> 14/);

      agent.destroy();
      await remember();
      expect(await must("destroy", "-auto-approve", ...CHANGES)).toContain("46 destroyed");
      await vi.waitFor(
        async () => expect(differences(before, await belongingsOf(stack.dataDir))).toEqual([]),
        GONE,
      );
    } finally {
      await terraform.close();
    }
  });

  test.skipIf(withoutWrk)(
    "grows with its load, rolls while it shrinks, and shrinks again, and no request fails",
    {
      timeout: 1_500_000,
    },
    async () => {
      const terraform = await openTerraform(account, "common-stack");
      try {
        const seen = await loadCommonStack({
          account,
          terraform,
          domain: DOMAIN,
          authority,
          minuteMs: MINUTE_MS,
        });
        expect(seen.failures).toEqual([]);
        expect(seen.texts).toEqual(["1 hello from storefront", "2 hello from storefront"]);
        expect(seen.activities).toMatch(
          /Successful: Setting desired count to 6\. monitor alarm \S+AlarmHigh\S+ in/,
        );
        expect(seen.activities).toMatch(
          /Successful: Setting desired count to 2\. monitor alarm \S+AlarmLow\S+ in/,
        );
      } finally {
        await terraform.close();
      }
    },
  );

  const differences = (before: Belongings, after: Belongings) => [
    ...added(before, after, isOurs),
    ...lost(before, after, isOurs).map((line) => `gone: ${line}`),
  ];
});
