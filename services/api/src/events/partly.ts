/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  CreateConnection: "OAuth, private APIs and keys of KMS are refused",
  PutEvents: "trace headers are not passed on",
  PutRule: "schedules are refused",
  PutTargets:
    "API destinations and log groups, whose role is not assumed; every other kind and dead letter queues are refused",
  UpdateConnection: "as CreateConnection",
} as const;
