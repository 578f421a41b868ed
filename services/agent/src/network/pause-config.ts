/** Decides the engine's documents of a VPC's network and of the container that holds a task's place in it. */
import type { ContainerSpec, NetworkSpec } from "@roadstead/runtime/runtime";
import { CONTAINER_LABEL, INSTANCE_LABEL, type Nofile, TASK_LABEL } from "../decide/create-config.ts";
import { placeOf } from "../decide/network-place.ts";
import { PAUSE_COMMAND, PAUSE_IMAGE } from "./pause-image.ts";
import {
  bridgeOf,
  type NetworkedTask,
  networkNameOf,
  PAUSE_CONTAINER,
  pauseName,
  type TaskNetwork,
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
  const place = placeOf(task, nameservers);
  return {
    name: pauseName(task),
    body: {
      Image: PAUSE_IMAGE,
      Entrypoint: [PAUSE_COMMAND],
      // It heeds no other signal.
      StopSignal: "SIGKILL",
      Labels: {
        [TASK_LABEL]: task.arn,
        [CONTAINER_LABEL]: PAUSE_CONTAINER,
        [INSTANCE_LABEL]: instanceArn,
      },
      ...place.config,
      HostConfig: {
        ...place.hostConfig,
        CapDrop: ["ALL"],
        ReadonlyRootfs: true,
        RestartPolicy: { Name: "no" },
        LogConfig: { Type: "none" },
        Ulimits: [{ Name: "nofile", Soft: nofile.soft, Hard: nofile.hard }],
      },
    },
  };
}
