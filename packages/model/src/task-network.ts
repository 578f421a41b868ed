/** The network of a task in `awsvpc` mode: what was asked for, and the interface it was given. */

/** As `awsvpcConfiguration` says it; without security groups its interface gets the VPC's default one. */
export interface TaskNetwork {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: "ENABLED" | "DISABLED";
}

/**
 * Given with the task's place, and shown for as long as the task is. Ranges and address are those on machines, where the VPC's
 * own range may be another VPC's.
 */
export interface TaskInterface {
  readonly id: string;
  /** Of the attachment that DescribeTasks shows. */
  readonly attachmentId: string;
  readonly vpcId: string;
  readonly vpcCidr: string;
  readonly subnetId: string;
  readonly subnetCidr: string;
  readonly availabilityZone: string;
  readonly privateIp: string;
  readonly mac: string;
  readonly groupIds: readonly string[];
}

/** `ip-10-0-0-4.ec2.internal`, or with the region's name elsewhere. */
export const privateDnsName = (region: string, privateIp: string): string =>
  `ip-${privateIp.replaceAll(".", "-")}.${region === "us-east-1" ? "ec2" : `${region}.compute`}.internal`;

/** A task has one attachment, known before its interface: its id is the task's from behind, written as a UUID. */
export function attachmentIdOf(taskId: string): string {
  const digits = [...taskId].reverse().join("");
  return [0, 8, 12, 16, 20].map((from, n, starts) => digits.slice(from, starts[n + 1])).join("-");
}
