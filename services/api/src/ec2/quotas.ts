/** How much of a kind a region of an account may have; AWS's own quotas where they are adjustable, at their upper end. */

export const VPCS_MAX = 100;
export const SUBNETS_PER_VPC_MAX = 200;
export const SECURITY_GROUPS_MAX = 2_500;
/** Of one direction. */
export const RULES_PER_GROUP_MAX = 1_000;
export const ROUTE_TABLES_PER_VPC_MAX = 200;
export const ROUTES_PER_TABLE_MAX = 500;
export const INTERNET_GATEWAYS_MAX = 100;
export const NAT_GATEWAYS_MAX = 100;
/** All that one block of addresses for documentation has. */
export const ADDRESSES_MAX = 254;
