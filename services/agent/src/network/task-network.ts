/** What a task's network interface is, as the control plane allotted it, and how the engine's parts of it are called. */
import { engineName, type TaskSpec, taskIdOf } from "../decide/task.ts";

export interface TaskNetwork {
  readonly interfaceId: string;
  readonly attachmentArn: string;
  readonly mac: string;
  readonly address: string;
  /** The VPC's router, which is this machine's end of the bridge. */
  readonly gateway: string;
  readonly vpcId: string;
  readonly vpcCidr: string;
  readonly subnetId: string;
  readonly privateDnsName: string;
}

export type NetworkedTask = TaskSpec & { readonly network: TaskNetwork };

export const hasNetwork = (task: TaskSpec): task is NetworkedTask => task.network !== undefined;

/** Holds the network of a task for its other containers; the public agent's name for it, which no container can have. */
export const PAUSE_CONTAINER = "~internal~ecs~pause";
export const VPC_LABEL = "com.roadstead.vpc";

/** A container that is alone in its task holds the address itself: a second one would take as long to start. */
export const isSharing = ({ containers }: TaskSpec): boolean => containers.length > 1;

/** With a dot, which no container's name has. */
export const pauseName = (task: TaskSpec): string => engineName(task, "internal.pause");

export const networkNameOf = (vpcId: string): string => `roadstead-${vpcId}`;

/** The kernel takes 15 characters. */
export const bridgeOf = (vpcId: string): string => `rs-${vpcId.replace(/^vpc-/, "").slice(-12)}`;

export const taskHostname = ({ network, arn }: NetworkedTask): string =>
  (network.privateDnsName || taskIdOf(arn)).slice(0, 63);
