/** Decides what the engine's create document of a container says of the networks it is in and of whom it asks for names. */
import { type NetworkedTask, networkNameOf, taskHostname } from "../network/task-network.ts";

/** An agent that is away is to cost a question no more than it must. */
export const dnsOf = (nameservers: readonly string[] = []) =>
  nameservers.length > 0 ? { Dns: nameservers, DnsOptions: ["timeout:1"] } : {};

/** Of the one container that holds the task's address. */
export function placeOf(task: NetworkedTask, nameservers?: readonly string[]) {
  const { address, mac, vpcId } = task.network;
  const network = networkNameOf(vpcId);
  return {
    config: {
      Hostname: taskHostname(task),
      // Engines before API 1.44 read the first, later ones the second.
      MacAddress: mac,
      NetworkingConfig: {
        EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address }, MacAddress: mac } },
      },
    },
    hostConfig: { NetworkMode: network, ...dnsOf(nameservers) },
  };
}
