/** What tasks of launch type FARGATE share: their providers, their platform, and the name of the cluster that hides their hosts. */

/** Spot capacity is the same here: nothing takes it back. */
export const FARGATE_PROVIDERS = ["FARGATE", "FARGATE_SPOT"] as const;
export type FargateProvider = (typeof FARGATE_PROVIDERS)[number];

export const isFargateProvider = (name: string): name is FargateProvider =>
  (FARGATE_PROVIDERS as readonly string[]).includes(name);

/** A name that no caller can write, one of it in each account and region. */
export const FLEET_CLUSTER = "fargate.fleet";

/** What LATEST means. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html */
export const PLATFORM_VERSION = "1.4.0";
export const PLATFORM_VERSIONS: readonly string[] = ["LATEST", PLATFORM_VERSION];
export const PLATFORM_FAMILY = "Linux";
/** GiB that a task has unless its definition asks for more. */
export const EPHEMERAL_STORAGE_GIB = 20;

/** AWS's words where no host can take a task. */
export const NO_CAPACITY =
  "Capacity is unavailable at this time. Please try again later or in a different availability zone";
