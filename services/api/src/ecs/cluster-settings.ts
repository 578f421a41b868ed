/** Reads what a request says a cluster is set to; CreateCluster, UpdateCluster and UpdateClusterSettings share it. */
import type { ClusterSetting, CreateClusterRequest } from "@aws-sdk/client-ecs";
import type { ClusterSettings } from "@roadstead/db/schema/cluster";
import { ecsErrors } from "./errors.ts";

const INSIGHTS = ["enabled", "disabled", "enhanced"];

/** The one setting there is; null where nothing was said. */
export function readSettings(
  settings: readonly ClusterSetting[] | undefined,
): ClusterSettings["settings"] | null {
  const value = settings?.find(({ name }) => name === "containerInsights")?.value;
  if (value === undefined) return null;
  if (!INSIGHTS.includes(value)) {
    throw ecsErrors.invalidParameter(`containerInsights should be one of [${INSIGHTS.join(",")}]`);
  }
  return [{ name: "containerInsights", value }];
}

type Members = Pick<CreateClusterRequest, "settings" | "configuration" | "serviceConnectDefaults">;

/** What the request leaves out stays as it was; a namespace is taken off with an empty name. */
export function changedSettings(before: ClusterSettings, input: Members): ClusterSettings {
  const { configuration, serviceConnectDefaults } = input;
  const namespace = serviceConnectDefaults?.namespace;
  return {
    ...before,
    settings: readSettings(input.settings) ?? before.settings,
    configuration: configuration ? { ...configuration } : before.configuration,
    serviceConnectDefaults: serviceConnectDefaults
      ? namespace
        ? { namespace }
        : null
      : before.serviceConnectDefaults,
  };
}
