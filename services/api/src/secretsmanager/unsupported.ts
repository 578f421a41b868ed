/** Operations of Secrets Manager that are not built, each with its reason; they answer a non-retryable error. */

export const unsupported = {
  BatchGetSecretValue: "not built yet",
  CancelRotateSecret: "not built yet",
  DeleteResourcePolicy: "not built yet",
  GetRandomPassword: "not built yet",
  ListSecretVersionIds: "not built yet",
  PutResourcePolicy: "not built yet",
  RemoveRegionsFromReplication: "not built yet",
  ReplicateSecretToRegions: "not built yet",
  RotateSecret: "not built yet",
  StopReplicationToReplica: "not built yet",
  UpdateSecretVersionStage: "not built yet",
  ValidateResourcePolicy: "not built yet",
} as const;
