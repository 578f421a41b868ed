/** Every error an ECS operation throws on purpose, with AWS's code and words. */
import { awsError } from "@roadstead/aws-protocol/errors";

const client = (message: string) => awsError("ClientException", message);
const invalid = (message: string) => awsError("InvalidParameterException", message);

export const ecsErrors = {
  clusterNotFound: () => awsError("ClusterNotFoundException", "Cluster not found."),
  clusterInactive: () => awsError("ClusterNotFoundException", "The referenced cluster was inactive."),
  clusterContainsInstances: () =>
    awsError(
      "ClusterContainsContainerInstancesException",
      "The Cluster cannot be deleted while Container Instances are active or draining.",
    ),
  clusterContainsTasks: () =>
    awsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."),
  invalidClusterName: () => invalid("Invalid cluster name."),
  invalidClusterIdentifier: (text: string) => invalid(`Invalid identifier: ${text}`),
  wrongCluster: (theirs: string, yours: string) =>
    invalid(`Invalid identifier: Identifier is for cluster ${theirs}. Your cluster is ${yours}`),
  invalidIdentifier: (text: string) => invalid(`Invalid identifier: ${text}`),
  invalidMaxResults: (max: number) => invalid(`maxResults must be between 1 and ${max}.`),
  invalidToken: () => invalid("Invalid token."),
  tooMany: (what: string, max: number) => invalid(`${what} can have at most ${max} items.`),
  clusterContainsServices: () =>
    awsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."),
  invalidServiceName: () => invalid("Invalid service name."),
  servicesEmpty: () => invalid("Services cannot be empty."),
  serviceNotActive: () => awsError("ServiceNotActiveException", "Service was not ACTIVE."),
  serviceNotIdempotent: () => invalid("Creation of service was not idempotent."),
  serviceStillDraining: () => invalid("Unable to Start a service that is still Draining."),
  serviceScaledUp: () => invalid("The service cannot be stopped while it is scaled above 0."),
  desiredCountMissing: () => invalid("desiredCount must be given for the REPLICA scheduling strategy."),
  daemonWithDesiredCount: () =>
    invalid(
      "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.",
    ),
  daemonWithStrategy: () =>
    invalid("The daemon scheduling strategy does not support placement strategies for services."),
  daemonWithMaximum: () =>
    invalid("The daemon scheduling strategy does not support values other than 100 for maximumPercent."),
  blockingDeployment: () =>
    invalid("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."),
  graceWithoutLoadBalancer: () =>
    invalid("Health check grace period is only valid for services configured to use load balancers"),
  platformVersionForEc2: () =>
    invalid("The platform version must be null when specifying an EC2 launch type."),
  roleForService: () =>
    invalid("You cannot specify an IAM role for services that require a service linked role."),
  resourceNotFound: () => awsError("ResourceNotFoundException", "The specified resource could not be found."),
  shortArnTagged: () =>
    invalid(
      "The new ARN and resource ID format must be enabled to add tags to the service. Opt in to the new format and try again.",
    ),
  notBuilt: (what: string) =>
    awsError("UnsupportedFeatureException", `${what} is not supported by this server yet.`),
  serviceNotFound: () => awsError("ServiceNotFoundException", "Service not found."),
  taskNotFound: () => invalid("The referenced task was not found."),
  tasksEmpty: () => invalid("Tasks cannot be empty."),
  taskDefinitionNotFound: () => client("TaskDefinition not found."),
  taskDefinitionBlank: () => invalid("TaskDefinition can not be blank."),
  taskDefinitionInactive: () => client("TaskDefinition is inactive"),
  noInstances: () => invalid("No Container Instances were found in your cluster."),
  instancesEmpty: () => client("Container Instances cannot be empty."),
  instanceNotFound: () => invalid("The referenced container instance was not found."),
  agentNotRegistered: () => client("This agent has no container instance yet; try again."),
  agentRevoked: () => awsError("AccessDeniedException", "This agent was revoked."),
  instanceHasTasks: () => invalid("Found running tasks on the instance."),
  instanceTypeChanged: () => client("Container instance type changes are not supported."),
  unsupportedLaunchType: (launchType: string) =>
    invalid(`Task definition does not support launch_type ${launchType}.`),
  launchTypeNotBuilt: (launchType: string) =>
    awsError("UnsupportedFeatureException", `Launch type ${launchType} is not supported by this server yet.`),
  capacityProviderNotFound: (name: string) =>
    invalid(`The specified capacity provider '${name}' was not found.`),
  capacityProviderInUse: () =>
    awsError("ResourceInUseException", "The specified capacity provider is in use and cannot be removed."),
  capacityProviderNotAssociated: () =>
    invalid(
      "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.",
    ),
  invalidStrategyNumbers: () =>
    invalid(
      "The weight of a capacity provider must be between 0 and 1000, and its base between 0 and 100000.",
    ),
  strategyRepeatsProvider: () =>
    invalid("A capacity provider strategy cannot contain a duplicate capacity provider."),
  strategyWithBases: () =>
    invalid("Only one capacity provider in a strategy can have a base that is greater than zero."),
  strategyWithoutWeight: () =>
    invalid(
      "The specified capacity provider strategy must contain at least one capacity provider with a weight greater than zero.",
    ),
  platformUnknown: () =>
    awsError("PlatformUnknownException", "The specified platform version does not exist."),
  placementOnFargate: (what: "constraints" | "strategies") =>
    invalid(`Placement ${what} are not supported with FARGATE launch type.`),
  daemonOnFargate: () =>
    invalid("The daemon scheduling strategy is not supported with the FARGATE launch type."),
  fargateSize: (cpu: string | null, memory: string | null) =>
    client(
      `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`,
    ),
  launchTypeAndStrategy: () =>
    invalid("Specify either Launch Type or Capacity Provider Strategy, but not both."),
  networkConfigurationMissing: () =>
    invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified."),
  networkConfigurationNotValid: () =>
    invalid("Network Configuration is not valid for the given networkMode of this task definition."),
  subnetsEmpty: () => invalid("subnets can not be empty."),
  subnetNotFound: (id: string) =>
    invalid(
      `Error retrieving subnet information for [${id}]: The subnet ID '${id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
    ),
  subnetsOfSeveralVpcs: () => invalid("All subnets must belong to the same VPC."),
  securityGroupNotFound: (id: string) =>
    invalid(
      `Error retrieving security group information for [${id}]: The security group '${id}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
    ),
  securityGroupOfOtherVpc: (id: string) =>
    invalid(`Security group ${id} does not appear to belong to the same VPC as the input subnets.`),
  publicIpNotSupported: () => invalid("Assign public IP is not supported for this launch type."),
  propagateFromService: () =>
    invalid("Tags can only be propagated from a task definition when a task is run."),
  launchNotPlaced: () =>
    awsError(
      "ServerException",
      "The tasks could not be placed in time. Nothing was started; try again.",
      500,
    ),
  tokenReused: (resourceIds: readonly string[]) =>
    awsError("ConflictException", "The client token was used before with different parameters.", 400, {
      resourceIds: [...resourceIds],
    }),
  clientException: client,
  roleNotAssumable: (role: string) =>
    client(
      `ECS was unable to assume the role '${role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
    ),
  invalidParameter: invalid,
} as const;
