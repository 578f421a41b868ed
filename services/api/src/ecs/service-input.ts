/** Checks what CreateService and UpdateService have in common, and refuses what is not built; throws AWS's errors. */
import type {
  CreateServiceRequest,
  DeploymentConfiguration,
  UpdateServiceRequest,
} from "@aws-sdk/client-ecs";
import type { ServiceDetails } from "@roadstead/db/schema/service";
import type { SchedulingStrategy } from "@roadstead/db/services";
import type { TaskNetwork } from "@roadstead/model/task-network";
import { mergedCircuitBreaker } from "./circuit-breaker-input.ts";
import { ecsErrors } from "./errors.ts";
import { checkedPlacement } from "./placement-input.ts";
import { requestedBalancers } from "./service-balancers.ts";

const COUNT_MAX = 2 ** 31 - 1;

/** What both operations say about a service. */
export type ServiceInput = Pick<
  CreateServiceRequest & UpdateServiceRequest,
  | "availabilityZoneRebalancing"
  | "capacityProviderStrategy"
  | "deploymentConfiguration"
  | "deploymentController"
  | "desiredCount"
  | "enableECSManagedTags"
  | "gatewayConnectors"
  | "healthCheckGracePeriodSeconds"
  | "loadBalancers"
  | "monitoring"
  | "networkConfiguration"
  | "placementConstraints"
  | "placementStrategy"
  | "platformVersion"
  | "propagateTags"
  | "serviceConnectConfiguration"
  | "serviceRegistries"
  | "volumeConfigurations"
  | "vpcLatticeConfigurations"
>;

/** Members that would change how a service runs but that nothing here carries out yet, each with its name. */
const NOT_BUILT: readonly (readonly [string, (input: ServiceInput) => boolean])[] = [
  ["The deployment controller", ({ deploymentController: c }) => c !== undefined && c.type !== "ECS"],
  ["Service discovery", ({ serviceRegistries }) => (serviceRegistries ?? []).length > 0],
  ["Service Connect", ({ serviceConnectConfiguration }) => serviceConnectConfiguration?.enabled === true],
  ["Volumes of services", ({ volumeConfigurations }) => (volumeConfigurations ?? []).length > 0],
  ["VPC Lattice", ({ vpcLatticeConfigurations }) => (vpcLatticeConfigurations ?? []).length > 0],
  ["Gateway connectors", ({ gatewayConnectors }) => (gatewayConnectors ?? []).length > 0],
  ["Monitoring of services", ({ monitoring }) => Object.keys(monitoring ?? {}).length > 0],
  [
    "Availability Zone rebalancing",
    ({ availabilityZoneRebalancing }) => availabilityZoneRebalancing === "ENABLED",
  ],
];

const DEPLOYMENT_NOT_BUILT: readonly (readonly [string, (input: DeploymentConfiguration) => boolean])[] = [
  ["The deployment strategy", ({ strategy }) => strategy !== undefined && strategy !== "ROLLING"],
  ["Deployment alarms", ({ alarms }) => alarms?.enable === true],
  ["Lifecycle hooks", ({ lifecycleHooks }) => (lifecycleHooks ?? []).length > 0],
  ["Bake time", ({ bakeTimeInMinutes }) => (bakeTimeInMinutes ?? 0) > 0],
  ["The linear strategy", ({ linearConfiguration }) => linearConfiguration !== undefined],
  ["The canary strategy", ({ canaryConfiguration }) => canaryConfiguration !== undefined],
  ["Early success", ({ earlySuccessCriteria }) => earlySuccessCriteria !== undefined],
];

/** Refuses what would be kept but not carried out. */
export function refuseNotBuilt(input: ServiceInput): void {
  const member = NOT_BUILT.find(([, given]) => given(input));
  if (member) throw ecsErrors.notBuilt(member[0]);
  const deployment = input.deploymentConfiguration ?? {};
  const part = DEPLOYMENT_NOT_BUILT.find(([, given]) => given(deployment));
  if (part) throw ecsErrors.notBuilt(part[0]);
}

/** The details with another network, or with none: tasks then have that of their machine. */
export function withNetwork(
  { network: _, ...others }: ServiceDetails,
  network: TaskNetwork | null,
): ServiceDetails {
  return network ? { ...others, network } : others;
}

/** Null where nothing was said. */
export function checkedDesiredCount(
  desiredCount: number | undefined,
  strategy: SchedulingStrategy,
): number | null {
  if (desiredCount === undefined) return null;
  if (strategy === "DAEMON") throw ecsErrors.daemonWithDesiredCount();
  if (!Number.isInteger(desiredCount) || desiredCount < 0 || desiredCount > COUNT_MAX) {
    throw ecsErrors.invalidParameter("desiredCount must be a whole number of at least 0.");
  }
  return desiredCount;
}

const DEPLOYMENT_DEFAULTS: Readonly<Record<SchedulingStrategy, ServiceDetails["deploymentConfiguration"]>> = {
  REPLICA: { minimumHealthyPercent: 100, maximumPercent: 200 },
  DAEMON: { minimumHealthyPercent: 0, maximumPercent: 100 },
};

export const defaultDetails = (strategy: SchedulingStrategy): ServiceDetails => ({
  deploymentConfiguration: DEPLOYMENT_DEFAULTS[strategy],
  placementConstraints: [],
  placementStrategy: [],
  healthCheckGracePeriodSeconds: null,
  enableECSManagedTags: false,
  propagateTags: "NONE",
  availabilityZoneRebalancing: "DISABLED",
});

/** What a service's details are once the request is applied to them; what it leaves out stays, sub-members too. */
export function mergedDetails(
  before: ServiceDetails,
  input: ServiceInput,
  strategy: SchedulingStrategy,
): ServiceDetails {
  const placement = checkedPlacement(input);
  if (strategy === "DAEMON" && placement.strategy.length > 0) throw ecsErrors.daemonWithStrategy();
  return {
    ...before,
    deploymentConfiguration: mergedDeployment(
      before.deploymentConfiguration,
      input.deploymentConfiguration,
      strategy,
    ),
    placementConstraints: input.placementConstraints ? placement.constraints : before.placementConstraints,
    placementStrategy: input.placementStrategy ? placement.strategy : before.placementStrategy,
    enableECSManagedTags: input.enableECSManagedTags ?? before.enableECSManagedTags,
    propagateTags: input.propagateTags ?? before.propagateTags,
    ...(input.platformVersion ? { platformVersion: input.platformVersion } : {}),
    ...mergedBalancing(before, input, strategy),
  };
}

function mergedBalancing(
  before: ServiceDetails,
  input: ServiceInput,
  strategy: SchedulingStrategy,
): Pick<ServiceDetails, "healthCheckGracePeriodSeconds" | "loadBalancers"> {
  const loadBalancers = requestedBalancers(input.loadBalancers) ?? before.loadBalancers ?? [];
  const given = input.healthCheckGracePeriodSeconds ?? 0;
  if (given !== 0 && loadBalancers.length === 0) throw ecsErrors.graceWithoutLoadBalancer();
  if (!Number.isInteger(given) || given < 0 || given > COUNT_MAX) {
    throw ecsErrors.invalidParameter("healthCheckGracePeriodSeconds must be a whole number of at least 0.");
  }
  if (strategy === "DAEMON" && loadBalancers.length > 0)
    throw ecsErrors.notBuilt("Load balancers of daemon services");
  return {
    healthCheckGracePeriodSeconds:
      input.healthCheckGracePeriodSeconds ?? before.healthCheckGracePeriodSeconds,
    loadBalancers,
  };
}

function mergedDeployment(
  before: ServiceDetails["deploymentConfiguration"],
  input: DeploymentConfiguration = {},
  strategy: SchedulingStrategy,
): ServiceDetails["deploymentConfiguration"] {
  const minimumHealthyPercent = input.minimumHealthyPercent ?? before.minimumHealthyPercent;
  const maximumPercent = input.maximumPercent ?? before.maximumPercent;
  const whole = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  if (!whole(minimumHealthyPercent, 0, 100)) {
    throw ecsErrors.invalidParameter("minimumHealthyPercent must be between 0 and 100.");
  }
  if (!whole(maximumPercent, 100, COUNT_MAX)) {
    throw ecsErrors.invalidParameter("maximumPercent must be at least 100.");
  }
  if (strategy === "DAEMON" && maximumPercent !== 100) throw ecsErrors.daemonWithMaximum();
  if (minimumHealthyPercent === 100 && maximumPercent === 100) throw ecsErrors.blockingDeployment();
  const breaker = mergedCircuitBreaker(before.deploymentCircuitBreaker, input.deploymentCircuitBreaker);
  return {
    ...before,
    minimumHealthyPercent,
    maximumPercent,
    ...(breaker ? { deploymentCircuitBreaker: breaker } : {}),
  };
}
