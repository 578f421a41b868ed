/** ecs:UpdateClusterSettings. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateClusterSettings.html */
import { UpdateClusterSettings$, type UpdateClusterSettingsCommand } from "@aws-sdk/client-ecs";
import { operation } from "../operation.ts";
import { readSettings } from "./cluster-settings.ts";
import { ecsErrors } from "./errors.ts";
import { clusterArnOf } from "./references.ts";
import { changeCluster } from "./update-cluster.ts";

export const updateClusterSettings = operation<UpdateClusterSettingsCommand>(UpdateClusterSettings$, {
  authorize: ({ input, ctx }) => ({
    action: "ecs:UpdateClusterSettings",
    resource: clusterArnOf(ctx.scope, input.cluster),
  }),
  handle({ input, ctx }) {
    if (readSettings(input.settings) === null) throw ecsErrors.invalidParameter("Settings cannot be empty.");
    return changeCluster(ctx, input);
  },
});
