/** ec2:DeleteInternetGateway. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteInternetGateway.html */
import { DeleteInternetGateway$, type DeleteInternetGatewayCommand } from "@aws-sdk/client-ec2";
import { internetGateways } from "@roadstead/db/network-tables";
import { onOne } from "./allowed.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";
import { changeNetwork } from "./network.ts";
import { ec2Operation } from "./operation.ts";

export const deleteInternetGateway = ec2Operation<DeleteInternetGatewayCommand>(DeleteInternetGateway$, {
  authorize: onOne("DeleteInternetGateway", ({ InternetGatewayId }) => [InternetGatewayId]),
  async handle({ input, ctx }) {
    await changeNetwork(ctx, async (tx) => {
      const { id, vpcId } = await existing(tx, ctx, kinds.internetGateway, input.InternetGatewayId);
      if (vpcId !== null) {
        throw ec2Errors.dependency(`The internetGateway '${id}' has dependencies and cannot be deleted.`);
      }
      await internetGateways.remove(tx, id);
    });
    return {};
  },
});
