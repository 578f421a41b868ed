/** Checks what tasks of a request are to run on: its launch type or strategy, and its platform; throws AWS's errors. */
import type { CreateServiceRequest, RunTaskRequest } from "@aws-sdk/client-ecs";
import type { ClusterRow } from "@roadstead/db/clusters";
import type { ClusterSettings } from "@roadstead/db/schema/cluster";
import type { TaskDefinitionRow } from "@roadstead/db/task-definitions";
import type { CapacityStrategy } from "@roadstead/model/capacity-strategy";
import { isFargateProvider, PLATFORM_VERSIONS } from "@roadstead/model/fargate";
import type { LaunchType } from "@roadstead/model/task";
import { ecsErrors } from "./errors.ts";

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html */
const ITEMS_MAX = 20;
const WEIGHT_MAX = 1_000;
const BASE_MAX = 100_000;
const LAUNCH_TYPES: readonly string[] = ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"];

type Members = RunTaskRequest & CreateServiceRequest;
type CapacityInput = Pick<Members, "launchType" | "capacityProviderStrategy"> & PlatformInput;
type PlatformInput = Pick<Members, "platformVersion" | "placementConstraints" | "placementStrategy">;

export interface RequestedCapacity {
  readonly launchType: LaunchType;
  /** Null where a launch type was asked for. */
  readonly strategy: CapacityStrategy | null;
}

/** Where neither is said the cluster's default strategy holds, and EC2 where it has none. */
export function requestedCapacity(
  input: CapacityInput,
  cluster: Pick<ClusterRow, "details">,
  revision: TaskDefinitionRow,
): RequestedCapacity {
  const given = input.capacityProviderStrategy ?? [];
  if (given.length > 0 && input.launchType) throw ecsErrors.launchTypeAndStrategy();
  const items =
    input.launchType || given.length > 0 ? given : cluster.details.defaultCapacityProviderStrategy;
  const strategy = items.length > 0 ? checkedStrategy(items, cluster) : null;
  const launchType = strategy ? "FARGATE" : (input.launchType ?? "EC2");
  if (!LAUNCH_TYPES.includes(launchType)) {
    throw ecsErrors.invalidParameter(`launch type should be one of [${LAUNCH_TYPES.join(",")}]`);
  }
  if (!revision.compatibilities.includes(launchType)) throw ecsErrors.unsupportedLaunchType(launchType);
  if (launchType === "MANAGED_INSTANCES") throw ecsErrors.launchTypeNotBuilt(launchType);
  checkPlatform(input, launchType);
  return { launchType, strategy };
}

/** A strategy of Fargate's providers, which the cluster must have; there are no others. */
export function checkedStrategy(
  items: readonly StrategyItem[],
  { details }: { readonly details: Pick<ClusterSettings, "capacityProviders"> },
): CapacityStrategy {
  if (items.length > ITEMS_MAX) throw ecsErrors.tooMany("The capacity provider strategy", ITEMS_MAX);
  const strategy = items.map(({ capacityProvider = "", weight = 0, base = 0 }) => {
    if (!isFargateProvider(capacityProvider)) throw ecsErrors.capacityProviderNotFound(capacityProvider);
    if (!details.capacityProviders.includes(capacityProvider))
      throw ecsErrors.capacityProviderNotAssociated();
    if (!within(weight, WEIGHT_MAX) || !within(base, BASE_MAX)) throw ecsErrors.invalidStrategyNumbers();
    return { capacityProvider, weight, base };
  });
  const names = new Set(strategy.map(({ capacityProvider }) => capacityProvider));
  if (names.size < strategy.length) throw ecsErrors.strategyRepeatsProvider();
  if (strategy.filter(({ base }) => base > 0).length > 1) throw ecsErrors.strategyWithBases();
  if (!strategy.some(({ weight }) => weight > 0)) throw ecsErrors.strategyWithoutWeight();
  return strategy;
}

/** What a cluster is to have; a strategy shares out among these alone. */
export function checkedProviders(
  names: readonly string[] = [],
  items: readonly StrategyItem[] = [],
): Pick<ClusterSettings, "capacityProviders" | "defaultCapacityProviderStrategy"> {
  const capacityProviders = [...new Set(names)];
  const unknown = capacityProviders.find((name) => !isFargateProvider(name));
  if (unknown !== undefined) throw ecsErrors.capacityProviderNotFound(unknown);
  const strategy = items.length > 0 ? checkedStrategy(items, { details: { capacityProviders } }) : [];
  return { capacityProviders, defaultCapacityProviderStrategy: strategy };
}

interface StrategyItem {
  readonly capacityProvider?: string | undefined;
  readonly weight?: number | undefined;
  readonly base?: number | undefined;
}

const within = (value: number, max: number) => Number.isInteger(value) && value >= 0 && value <= max;

/** Fargate has platforms, and no instances to choose from. */
export function checkPlatform(input: PlatformInput, launchType: LaunchType): void {
  const { platformVersion } = input;
  if (launchType !== "FARGATE") {
    if (platformVersion) throw ecsErrors.platformVersionForEc2();
    return;
  }
  if (platformVersion && !PLATFORM_VERSIONS.includes(platformVersion)) throw ecsErrors.platformUnknown();
  if ((input.placementConstraints ?? []).length > 0) throw ecsErrors.placementOnFargate("constraints");
  if ((input.placementStrategy ?? []).length > 0) throw ecsErrors.placementOnFargate("strategies");
}
