/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  CreateSecret: "KMS keys and replicas are refused",
  GetResourcePolicy: "there never is one",
  ListSecrets: "filters by region, by owning service and by all attributes at once are refused",
  UpdateSecret: "KMS keys are refused",
} as const;
