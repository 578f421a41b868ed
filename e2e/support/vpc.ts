/** Makes a VPC of two zones whose range no other test's stack uses on this machine. */
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { ClientConfiguration } from "./balancers.ts";

export interface MadeVpc {
  readonly vpcId: string;
  readonly subnets: readonly string[];
}

/** `range` is the first two numbers of its addresses, such as `10.84`. */
export async function makeVpc(client: ClientConfiguration, range: string): Promise<MadeVpc> {
  const ec2 = new EC2Client(client);
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: `${range}.0.0/16` }));
  const VpcId = Vpc?.VpcId ?? "";
  const subnets: string[] = [];
  for (const [n, zone] of ["a", "b"].entries()) {
    const CidrBlock = `${range}.${n}.0/24`;
    const AvailabilityZone = `${client.region}${zone}`;
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone }));
    subnets.push(Subnet?.SubnetId ?? "");
  }
  return { vpcId: VpcId, subnets };
}
