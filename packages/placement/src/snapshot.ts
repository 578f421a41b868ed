/** The plain data that `place` decides on: tasks that want an instance and the instances of one cluster. */

export type Protocol = "tcp" | "udp";

export type PortDemand = { readonly protocol: Protocol; readonly port: number };

export type Demand = {
  readonly cpu: number;
  readonly memoryMiB: number;
  /** Static host ports only; dynamic ports reserve nothing. */
  readonly ports: readonly PortDemand[];
  readonly gpus: number;
};

export type RequiredAttribute = { readonly name: string; readonly value?: string | null | undefined };

export type PlacementConstraint = {
  readonly type: "distinctInstance" | "memberOf";
  readonly expression?: string | null | undefined;
};

export type PlacementStrategy = {
  readonly type: "random" | "spread" | "binpack";
  readonly field?: string | null | undefined;
};

export type PlacementTask = {
  readonly id: string;
  /** `service:<name>`, `family:<name>` or what the caller of RunTask chose. */
  readonly group: string;
  readonly demand: Demand;
  readonly requiredAttributes: readonly RequiredAttribute[];
  readonly constraints: readonly PlacementConstraint[];
  readonly strategy: readonly PlacementStrategy[];
  /** Zones of its subnets, for a task with an address of its own; any instance will do where they are left out. */
  readonly zones?: readonly string[] | undefined;
  /** Tasks that share it are promised to differ in `id` alone; saves comparing them. */
  readonly groupKey?: string | undefined;
};

export type PlacementInstance = {
  readonly id: string;
  readonly status: string;
  readonly agentConnected: boolean;
  readonly agentVersion: string | null;
  readonly ec2InstanceId: string | null;
  readonly registeredAtMs: number;
  readonly runningTasksCount: number;
  readonly free: { readonly cpu: number; readonly memoryMiB: number; readonly gpus: number };
  readonly usedPorts: readonly PortDemand[];
  readonly attributes: readonly { readonly name: string; readonly value: string | null }[];
  /** Tasks that hold resources here, by group. */
  readonly taskCountByGroup: Readonly<Record<string, number>>;
};

export type FailureReason =
  | "RESOURCE:CPU"
  | "RESOURCE:MEMORY"
  | "RESOURCE:GPU"
  | "RESOURCE:PORTS"
  | "ATTRIBUTE"
  | "LOCATION"
  | "AGENT"
  | "INACTIVE"
  | "MISSING"
  | "NO ACTIVE INSTANCES"
  | "MemberOf placement constraint unsatisfied."
  | "distinctInstance placement constraint unsatisfied.";

export type Placement = { readonly taskId: string; readonly instanceId: string };

export type PlacementFailure = {
  readonly taskId: string;
  readonly reason: FailureReason;
  /** The instance that came closest, or null when there was none to consider. */
  readonly instanceId: string | null;
  readonly detail: string | null;
};

export type PlacementResult = {
  readonly placements: readonly Placement[];
  readonly failures: readonly PlacementFailure[];
};
