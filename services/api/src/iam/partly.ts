/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  CreateRole: "permissions boundaries are refused",
  GetRole: "there is nothing in it of when the role was last used",
  ListPolicies: "of AWS's own policies there are those that speak of services that are served here",
} as const;
