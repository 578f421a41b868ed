/** Decides the engine's documents of a VPC's network and of the container that holds a task's place in it. */
import type { ContainerSpec, NetworkSpec } from "@roadstead/runtime/runtime";
import { CONTAINER_LABEL, dnsOf, INSTANCE_LABEL, type Nofile, TASK_LABEL } from "../decide/create-config.ts";
import { PAUSE_COMMAND, PAUSE_IMAGE } from "./pause-image.ts";
import {
  bridgeOf,
  type NetworkedTask,
  networkNameOf,
  PAUSE_CONTAINER,
  pauseName,
  type TaskNetwork,
  taskHostname,
  VPC_LABEL,
} from "./task-network.ts";

export const networkSpecOf = ({ vpcId, vpcCidr, gateway }: TaskNetwork): NetworkSpec => ({
  name: networkNameOf(vpcId),
  subnet: vpcCidr,
  gateway,
  bridge: bridgeOf(vpcId),
  labels: { [VPC_LABEL]: vpcId },
});

export function pauseSpec(
  task: NetworkedTask,
  {
    instanceArn,
    nofile,
    nameservers,
  }: {
    readonly instanceArn: string;
    readonly nofile: Nofile;
    readonly nameservers?: readonly string[] | undefined;
  },
): ContainerSpec {
  const { address, mac, vpcId } = task.network;
  const network = networkNameOf(vpcId);
  return {
    name: pauseName(task),
    body: {
      Image: PAUSE_IMAGE,
      Entrypoint: [PAUSE_COMMAND],
      Hostname: taskHostname(task),
      // It heeds no other signal.
      StopSignal: "SIGKILL",
      Labels: {
        [TASK_LABEL]: task.arn,
        [CONTAINER_LABEL]: PAUSE_CONTAINER,
        [INSTANCE_LABEL]: instanceArn,
      },
      // Engines before API 1.44 read the first, later ones the second.
      MacAddress: mac,
      NetworkingConfig: {
        EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address }, MacAddress: mac } },
      },
      HostConfig: {
        NetworkMode: network,
        ...dnsOf(nameservers),
        CapDrop: ["ALL"],
        ReadonlyRootfs: true,
        RestartPolicy: { Name: "no" },
        LogConfig: { Type: "none" },
        Ulimits: [{ Name: "nofile", Soft: nofile.soft, Hard: nofile.hard }],
      },
    },
  };
}
