/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  BatchGetImage: "manifests are never converted to another of the acceptedMediaTypes",
  CreateRepository: "scanOnPush is kept and nothing is scanned yet; KMS keys are refused",
  DescribeImages: "there is nothing of scans and archives in it",
  DescribeRegistry: "there is never a replication rule in it",
  PutImageScanningConfiguration: "scanOnPush is kept and nothing is scanned yet",
} as const;
