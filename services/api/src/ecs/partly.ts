/** What operations that are built do not do yet; the compatibility table says it. */

const SERVICES =
  "load balancers of daemons and of blue/green deployments, service discovery, Service Connect, volumes, VPC Lattice, capacity providers other than those of Fargate, Availability Zone rebalancing, controllers other than ECS, strategies other than ROLLING, deployment alarms, hooks and bake time are refused; assignPublicIp gives no public address";

export const partly = {
  CreateService: SERVICES,
  RegisterTaskDefinition:
    "of the awslogs driver, the options for events of several lines and for another endpoint are refused",
  RunTask: "assignPublicIp gives no public address",
  TagResource: "tasks, capacity providers, task sets and daemons are refused",
  UntagResource: "tasks, capacity providers, task sets and daemons are refused",
  UpdateService: SERVICES,
} as const;
