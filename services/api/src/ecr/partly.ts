/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  CreateRepository: "scanOnPush is kept and nothing is scanned yet; KMS keys are refused",
} as const;
