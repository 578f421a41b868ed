/** Every error an Elastic Load Balancing operation throws on purpose, with AWS's code and words. */
import { awsError } from "@roadstead/aws-protocol/errors";

export const elbErrors = {
  validation: (message: string) => awsError("ValidationError", message),
  invalidConfiguration: (message: string) => awsError("InvalidConfigurationRequest", message),
  /** What AWS can do and this server cannot; no client tries it again. */
  unsupported: (message: string) => awsError("UnsupportedOperation", message),
  notPermitted: (message: string) => awsError("OperationNotPermitted", message),
  loadBalancerNotFound: (names: readonly string[]) =>
    awsError("LoadBalancerNotFound", `Load balancers '[${names.join(", ")}]' not found`),
  targetGroupNotFound: () => awsError("TargetGroupNotFound", "One or more target groups not found"),
  listenerNotFound: () => awsError("ListenerNotFound", "One or more listeners not found"),
  certificateNotFound: (arn: string) => awsError("CertificateNotFound", `Certificate '${arn}' not found`),
  unsupportedCertificate: (arn: string) =>
    awsError(
      "UnsupportedCertificate",
      `The certificate '${arn}' must have a fully-qualified domain name, a supported signature, and a supported key size.`,
    ),
  tooManyCertificates: (arn: string, max: number) =>
    awsError(
      "TooManyCertificates",
      `The maximum number of certificates on '${arn}' has been reached: ${max}`,
    ),
  sslPolicyNotFound: (name: string) => awsError("SSLPolicyNotFound", `SSL policy '${name}' not found`),
  ruleNotFound: () => awsError("RuleNotFound", "One or more rules not found"),
  duplicateLoadBalancer: (name: string) =>
    awsError(
      "DuplicateLoadBalancerName",
      `A load balancer with the same name '${name}' exists, but with different settings`,
    ),
  duplicateTargetGroup: (name: string) =>
    awsError(
      "DuplicateTargetGroupName",
      `A target group with the same name '${name}' exists, but with different settings`,
    ),
  duplicateListener: (loadBalancerArn: string) =>
    awsError(
      "DuplicateListener",
      `A listener already exists on this port for this load balancer '${loadBalancerArn}'`,
    ),
  priorityInUse: (priority: number) =>
    awsError("PriorityInUse", `Priority '${priority}' is currently in use`),
  targetGroupInUse: (arn: string) =>
    awsError("ResourceInUse", `Target group '${arn}' is currently in use by a listener or a rule`),
  targetGroupOfOther: (arns: readonly string[]) =>
    awsError(
      "TargetGroupAssociationLimit",
      `The following target groups cannot be associated with more than one load balancer: ${arns.join(", ")}`,
    ),
  invalidAction: (message: string) => awsError("InvalidLoadBalancerAction", message),
  subnetNotFound: (ids: readonly string[]) =>
    awsError(
      "SubnetNotFound",
      ids.length === 1
        ? `The subnet ID '${ids[0]}' does not exist`
        : `The subnet IDs '${ids.join(", ")}' do not exist`,
    ),
  invalidSecurityGroups: () => awsError("InvalidSecurityGroup", "One or more security groups are invalid"),
  invalidTargets: (ids: readonly string[]) =>
    awsError(
      "InvalidTarget",
      `The following targets are not in a running state and cannot be registered: '${ids.join(", ")}'`,
    ),
  tooManyLoadBalancers: (max: number) =>
    awsError("TooManyLoadBalancers", `The maximum number of load balancers has been reached: ${max}`),
  noAddress: () => awsError("TooManyLoadBalancers", "Every address of the load balancers' pool is taken"),
  tooManyTargetGroups: (max: number) =>
    awsError("TooManyTargetGroups", `The maximum number of target groups has been reached: ${max}`),
  tooManyListeners: (arn: string, max: number) =>
    awsError("TooManyListeners", `The maximum number of listeners on '${arn}' has been reached: ${max}`),
  tooManyRules: (arn: string, max: number) =>
    awsError(
      "TooManyRules",
      `The maximum number of rules on load balancer '${arn}' has been reached: ${max}`,
    ),
  tooManyTargets: (arn: string, max: number) =>
    awsError("TooManyTargets", `The maximum number of targets of '${arn}' has been reached: ${max}`),
  tooManyTags: (max: number) =>
    awsError("TooManyTags", `The number of tags has reached the maximum limit: ${max}`),
  duplicateTagKeys: () => awsError("DuplicateTagKeys", "Tag keys must be unique"),
} as const;
