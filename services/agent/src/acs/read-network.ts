/** Reads a task's network interface as the control plane allotted it; the reading of tasks calls it. */
import { z } from "zod";
import type { TaskNetwork } from "../network/task-network.ts";

const IPV4 = z.ipv4();

export const networkInterface = z.object({
  attachmentArn: z.string(),
  ec2Id: z.string().min(1),
  macAddress: z.string().min(1),
  ipv4Addresses: z.array(z.object({ primary: z.boolean().nullish(), privateAddress: IPV4 })).min(1),
  /** The gateway and the length of the network's prefix. */
  subnetGatewayIpv4Address: z.string().regex(/^[\d.]+\/\d+$/),
  privateDnsName: z.string().nullish(),
  vpcId: z.string().regex(/^vpc-\w+$/),
  vpcCidr: z.cidrv4(),
  subnetId: z.string().nullish(),
});

export function networkOf(data: z.output<typeof networkInterface>): TaskNetwork {
  const addresses = data.ipv4Addresses;
  const { privateAddress = "" } = addresses.find(({ primary }) => primary) ?? addresses[0] ?? {};
  return {
    interfaceId: data.ec2Id,
    attachmentArn: data.attachmentArn,
    mac: data.macAddress,
    address: privateAddress,
    gateway: data.subnetGatewayIpv4Address.split("/")[0] ?? "",
    vpcId: data.vpcId,
    vpcCidr: data.vpcCidr,
    subnetId: data.subnetId ?? "",
    privateDnsName: data.privateDnsName ?? "",
  };
}
