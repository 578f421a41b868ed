import {
  GetInstanceProfileCommand,
  GetRoleCommand,
  ListInstanceProfilesCommand,
  ListPoliciesCommand,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { describeWith } from "./support/needs.ts";
import { NOTHING_TO_DO, openTerraform, terraformMissing } from "./support/terraform.ts";

describeWith(terraformMissing(), "Terraform", async () => {
  const account = await createAccount();
  const { iam, endpoint, region, credentials } = account;
  afterAll(() => account.close());

  /** What there is of everything that the example makes. */
  async function everything(): Promise<readonly (string | undefined)[]> {
    const config = { endpoint, region, credentials, maxAttempts: 1 };
    const roles = await iam.send(new ListRolesCommand({}));
    const policies = await iam.send(new ListPoliciesCommand({ Scope: "Local" }));
    const profiles = await iam.send(new ListInstanceProfilesCommand({}));
    const secrets = await new SecretsManagerClient(config).send(new ListSecretsCommand({}));
    const parameters = await new SSMClient(config).send(new DescribeParametersCommand({}));
    return [
      ...(roles.Roles ?? []).map(({ RoleName }) => RoleName),
      ...(policies.Policies ?? []).map(({ PolicyName }) => PolicyName),
      ...(profiles.InstanceProfiles ?? []).map(({ InstanceProfileName }) => InstanceProfileName),
      ...(secrets.SecretList ?? []).map(({ Name }) => Name),
      ...(parameters.Parameters ?? []).map(({ Name }) => Name),
    ];
  }

  test("makes roles, policies and secrets, finds nothing to do, changes and imports them, and removes them", {
    timeout: 300_000,
  }, async () => {
    const terraform = await openTerraform(account, "roles-and-secrets");
    const { must, planned } = terraform;
    try {
      expect(await must("apply", "-auto-approve")).toContain("10 added, 0 changed, 0 destroyed");
      expect(await planned()).toBe(NOTHING_TO_DO);
      const changes = ["-var", "team=checkout", "-var", "action=ecs:List*"];
      expect(await must("apply", "-auto-approve", ...changes)).toContain("0 added, 5 changed, 0 destroyed");
      expect(await planned(...changes)).toBe(NOTHING_TO_DO);
      const { Role } = await iam.send(new GetRoleCommand({ RoleName: "storefront-task" }));
      expect(Role).toMatchObject({ Path: "/storefront/", Tags: [{ Key: "Team", Value: "checkout" }] });
      const profile = { InstanceProfileName: "storefront-machines" };
      const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand(profile));
      expect(InstanceProfile?.Roles).toMatchObject([{ RoleName: "storefront-task" }]);
      await must("state", "rm", "aws_iam_role.task");
      await must("import", ...changes, "aws_iam_role.task", "storefront-task");
      expect(await planned(...changes)).toBe(NOTHING_TO_DO);
      await must("destroy", "-auto-approve", ...changes);
      expect(await everything()).toEqual([]);
    } finally {
      await terraform.close();
    }
  });
});
