/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  DescribeAccountAttributes: "there are no limits of instances",
} as const;
