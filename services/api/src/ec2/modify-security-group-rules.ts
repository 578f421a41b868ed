/** ec2:ModifySecurityGroupRules. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html */
import {
  ModifySecurityGroupRules$,
  type ModifySecurityGroupRulesCommand,
  type SecurityGroupRuleRequest,
} from "@aws-sdk/client-ec2";
import type { ReadTx } from "@roadstead/db/connect";
import { type SecurityGroupRuleRow, securityGroupRules } from "@roadstead/db/network-tables";
import type { ApiContext } from "../context.ts";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { checkReferenced, existingGroup, ruleOfId } from "./groups.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";
import {
  isSameRule,
  noPrefixList,
  peerOf,
  readDescription,
  ruleText,
  trafficOf,
  type WantedRule,
} from "./permissions.ts";

/** The rule as it shall be, whole: what the request leaves out goes. */
function wantedRule(request: SecurityGroupRuleRequest | undefined): WantedRule {
  if (!request) throw ec2Errors.missing("SecurityGroupRule");
  const { CidrIpv4, CidrIpv6, ReferencedGroupId, PrefixListId, Description } = request;
  if (PrefixListId) throw noPrefixList(PrefixListId);
  return {
    ...trafficOf(request),
    ...peerOf({ cidrIpv4: CidrIpv4, cidrIpv6: CidrIpv6, groupId: ReferencedGroupId }),
    description: readDescription(Description),
  };
}

async function checkWanted(
  tx: ReadTx,
  ctx: ApiContext,
  rule: SecurityGroupRuleRow,
  wanted: WantedRule,
  there: readonly SecurityGroupRuleRow[],
): Promise<void> {
  await checkReferenced(tx, ctx, wanted);
  const others = there.filter(({ id, egress }) => id !== rule.id && egress === rule.egress);
  if (others.some((other) => isSameRule(other, wanted))) throw ec2Errors.ruleExists(ruleText(wanted));
}

export const modifySecurityGroupRules = ec2Operation<ModifySecurityGroupRulesCommand>(
  ModifySecurityGroupRules$,
  {
    authorize: onOne("ModifySecurityGroupRules", ({ GroupId }) => [GroupId]),
    async handle({ input, ctx }) {
      await changeNetwork(ctx, async (tx) => {
        const group = await existingGroup(tx, ctx, input);
        for (const update of input.SecurityGroupRules ?? []) {
          const there = (await securityGroupRules.all(tx, ctx.scope.id)).filter(
            (rule) => rule.groupId === group.id,
          );
          const rule = ruleOfId(there, update.SecurityGroupRuleId);
          const wanted = wantedRule(update.SecurityGroupRule);
          await checkWanted(tx, ctx, rule, wanted, there);
          await securityGroupRules.update(tx, rule.id, { ...wanted });
        }
      });
      return { Return: true };
    },
  },
);
