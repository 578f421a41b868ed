/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  DescribeParameters: "filters by key and label are refused",
  GetParameter: "the newest version alone is kept",
  GetParameters: "the newest version alone is kept",
  PutParameter: "KMS keys and parameter policies are refused",
} as const;
