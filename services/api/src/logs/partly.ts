/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  CreateLogGroup: "KMS keys and deletion protection are refused",
  FilterLogEvents: "patterns for JSON and space-delimited events and regular expressions are refused",
} as const;
