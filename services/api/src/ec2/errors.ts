/** EC2's errors and their texts. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
import { awsError } from "@roadstead/aws-protocol/errors";

export const ec2Errors = {
  dryRun: () => awsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412),
  missing: (parameter: string) =>
    awsError("MissingParameter", `The request must contain the parameter ${parameter}`),
  invalid: (parameter: string, value: unknown, why: string) =>
    awsError("InvalidParameterValue", `Value (${value}) for parameter ${parameter} is invalid. ${why}`),
  refused: (message: string) => awsError("InvalidParameterValue", message),
  combination: (message: string) => awsError("InvalidParameterCombination", message),
  unsupported: (what: string) => awsError("UnsupportedOperation", `${what} is not supported by this server.`),
  notFound: (code: string, message: string) => awsError(code, message),
  malformed: (code: string, id: string, prefix: string) =>
    awsError(code, `Invalid id: "${id}" (expecting "${prefix}-...")`),
  dependency: (message: string) => awsError("DependencyViolation", message),
  vpcRange: (cidr: string) => awsError("InvalidVpc.Range", `The CIDR '${cidr}' is invalid.`),
  subnetRange: (cidr: string) => awsError("InvalidSubnet.Range", `The CIDR '${cidr}' is invalid.`),
  subnetConflict: (cidr: string) =>
    awsError("InvalidSubnet.Conflict", `The CIDR '${cidr}' conflicts with another subnet`),
  defaultVpcExists: () =>
    awsError("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region."),
  noDefaultVpc: () => awsError("VPCIdNotSpecified", "No default VPC for this user"),
  limit: (code: string, what: string) => awsError(code, `The maximum number of ${what} has been reached.`),
  groupExists: (name: string, vpcId: string) =>
    awsError("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpcId}'`),
  cannotDeleteGroup: (id: string, name: string) =>
    awsError("CannotDelete", `the specified group: "${id}" name: "${name}" cannot be deleted by a user`),
  ruleExists: (rule: string) =>
    awsError("InvalidPermission.Duplicate", `the specified rule "${rule}" already exists`),
  noSuchRule: () =>
    awsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group."),
  alreadyAssociated: (message: string) => awsError("Resource.AlreadyAssociated", message),
  notAttached: (message: string) => awsError("Gateway.NotAttached", message),
  routeExists: (destination: string) =>
    awsError("RouteAlreadyExists", `The route identified by ${destination} already exists.`),
  noSuchRoute: (destination: string, table: string) =>
    awsError(
      "InvalidRoute.NotFound",
      `no route with destination-cidr-block ${destination} in route table ${table}`,
    ),
  tokenReused: () =>
    awsError(
      "IdempotentParameterMismatch",
      "The client token you have provided is associated with a resource you have already created with other parameters.",
    ),
  addressInUse: (address: string) => awsError("InvalidIPAddress.InUse", `Address ${address} is in use.`),
} as const;
