import {
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { DescribeRepositoriesCommand, ListTagsForResourceCommand } from "@aws-sdk/client-ecr";
import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { describeWith } from "./support/needs.ts";
import { NOTHING_TO_DO, openTerraform, terraformMissing } from "./support/terraform.ts";

describeWith(terraformMissing(), "Terraform", async () => {
  const account = await createAccount();
  afterAll(() => account.close());

  test("makes repositories, finds nothing to do, changes them in place and removes them", {
    timeout: 300_000,
  }, async () => {
    const terraform = await openTerraform(account, "repositories");
    const { must, planned } = terraform;
    try {
      expect(await must("apply", "-auto-approve")).toContain("2 added, 0 changed, 0 destroyed");
      expect(await planned()).toBe(NOTHING_TO_DO);
      const changes = ["-var", "mutability=MUTABLE", "-var", "team=checkout"];
      expect(await must("apply", "-auto-approve", ...changes)).toContain("0 added, 1 changed, 0 destroyed");
      expect(await planned(...changes)).toBe(NOTHING_TO_DO);
      const { repositories } = await account.ecr.send(
        new DescribeRepositoriesCommand({ repositoryNames: ["storefront/web"] }),
      );
      const [{ repositoryArn: resourceArn, ...web } = {}] = repositories ?? [];
      expect(web).toMatchObject({
        imageTagMutability: "MUTABLE",
        imageScanningConfiguration: { scanOnPush: true },
      });
      const { tags } = await account.ecr.send(new ListTagsForResourceCommand({ resourceArn }));
      expect(tags).toEqual([{ Key: "Team", Value: "checkout" }]);
      await must("destroy", "-auto-approve");
      expect((await account.ecr.send(new DescribeRepositoriesCommand({}))).repositories).toEqual([]);
    } finally {
      await terraform.close();
    }
  });

  /** Ids of everything in the region's network. */
  async function network(): Promise<readonly string[]> {
    const { endpoint, region, credentials } = account;
    const ec2 = new EC2Client({ endpoint, region, credentials, maxAttempts: 1 });
    const [vpcs, subnets, groups, rules, tables, gateways, nats, addresses, tags] = await Promise.all([
      ec2.send(new DescribeVpcsCommand({})),
      ec2.send(new DescribeSubnetsCommand({})),
      ec2.send(new DescribeSecurityGroupsCommand({})),
      ec2.send(new DescribeSecurityGroupRulesCommand({})),
      ec2.send(new DescribeRouteTablesCommand({})),
      ec2.send(new DescribeInternetGatewaysCommand({})),
      ec2.send(new DescribeNatGatewaysCommand({})),
      ec2.send(new DescribeAddressesCommand({})),
      ec2.send(new DescribeTagsCommand({})),
    ]);
    ec2.destroy();
    const associations = tables.RouteTables?.flatMap(({ Associations = [] }) => Associations) ?? [];
    const ids = [
      ...(vpcs.Vpcs ?? []).map(({ VpcId }) => VpcId),
      ...(subnets.Subnets ?? []).map(({ SubnetId }) => SubnetId),
      ...(groups.SecurityGroups ?? []).map(({ GroupId }) => GroupId),
      ...(rules.SecurityGroupRules ?? []).map(({ SecurityGroupRuleId }) => SecurityGroupRuleId),
      ...(tables.RouteTables ?? []).map(({ RouteTableId }) => RouteTableId),
      ...associations.map(({ RouteTableAssociationId }) => RouteTableAssociationId),
      ...(gateways.InternetGateways ?? []).map(({ InternetGatewayId }) => InternetGatewayId),
      ...(nats.NatGateways ?? []).map(({ NatGatewayId }) => NatGatewayId),
      ...(addresses.Addresses ?? []).map(({ AllocationId }) => AllocationId),
      ...(tags.Tags ?? []).map(({ ResourceId, Key }) => `${ResourceId} ${Key}`),
    ];
    return ids.map(String).sort();
  }

  test("makes a network, finds nothing to do, changes it in place, and leaves what was there before", {
    timeout: 300_000,
  }, async () => {
    const before = await network();
    const terraform = await openTerraform(account, "network");
    const { must, planned } = terraform;
    try {
      expect(await must("apply", "-auto-approve")).toContain("19 added, 0 changed, 0 destroyed");
      expect(await planned()).toBe(NOTHING_TO_DO);
      const changes = ["-var", "team=checkout", "-var", "https_from=10.0.0.0/8"];
      expect(await must("apply", "-auto-approve", ...changes)).toContain("0 added, 2 changed, 0 destroyed");
      expect(await planned(...changes)).toBe(NOTHING_TO_DO);
      await must("destroy", "-auto-approve", ...changes);
      expect(await network()).toEqual(before);
    } finally {
      await terraform.close();
    }
  });
});
