/** ec2:DeleteSecurityGroup. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html */
import { DeleteSecurityGroup$, type DeleteSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { balancerHas } from "@roadstead/db/balancer-network";
import { interfaceHas } from "@roadstead/db/network-interfaces";
import { securityGroupRules, securityGroups } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existingGroup } from "./groups.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const deleteSecurityGroup = ec2Operation<DeleteSecurityGroupCommand>(DeleteSecurityGroup$, {
  authorize: onOne("DeleteSecurityGroup", ({ GroupId }) => [GroupId]),
  async handle({ input, ctx }) {
    const GroupId = await changeNetwork(ctx, async (tx) => {
      const { id, name } = await existingGroup(tx, ctx, input);
      if (name === "default") throw ec2Errors.cannotDeleteGroup(id, name);
      const rules = await securityGroupRules.all(tx, ctx.scope.id);
      const isReferenced = rules.some((rule) => rule.referencedGroupId === id && rule.groupId !== id);
      const isUsed = (await balancerHas(tx, ctx.scope.id, id)) || (await interfaceHas(tx, ctx.scope.id, id));
      if (isReferenced || isUsed) {
        throw ec2Errors.dependency(`resource ${id} has a dependent object`);
      }
      for (const rule of rules) if (rule.groupId === id) await securityGroupRules.remove(tx, rule.id);
      await securityGroups.remove(tx, id);
      return id;
    });
    return { Return: true, GroupId };
  },
});
