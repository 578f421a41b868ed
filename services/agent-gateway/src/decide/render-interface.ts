/** Decides what an agent is told about a task's network interface; `render-task` calls it. */
import { attachmentArn, type Place } from "@roadstead/model/arn";
import { formatIpv4, parseCidr } from "@roadstead/model/cidr";
import { privateDnsName, type TaskInterface } from "@roadstead/model/task-network";

/**
 * As the agent protocol has it, where the router is that of the whole VPC: its subnets are one network to its machines.
 * VPC, subnet and groups are ours; AWS's agent does not look at them.
 */
export const renderInterface = (place: Place, given: TaskInterface) => ({
  index: 0,
  attachmentArn: attachmentArn(place, given.attachmentId),
  ec2Id: given.id,
  macAddress: given.mac,
  ipv4Addresses: [{ primary: true, privateAddress: given.privateIp }],
  ipv6Addresses: [],
  subnetGatewayIpv4Address: routerOf(given.vpcCidr),
  domainNameServers: [],
  domainNameSearchList: [],
  privateDnsName: privateDnsName(place.region, given.privateIp),
  interfaceAssociationProtocol: "default",
  vpcId: given.vpcId,
  vpcCidr: given.vpcCidr,
  subnetId: given.subnetId,
  securityGroups: given.groupIds,
});

/** The second address of the VPC, with the length of its prefix. */
function routerOf(vpcCidr: string): string {
  const block = parseCidr(vpcCidr);
  if (!block) throw new Error(`a VPC has the block ${vpcCidr}`);
  return `${formatIpv4(block.first + 1)}/${block.prefixLength}`;
}
