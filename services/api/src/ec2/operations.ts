/** Every EC2 operation this server performs, by its AWS name. */
import { authorizeSecurityGroupEgress } from "./authorize-security-group-egress.ts";
import { authorizeSecurityGroupIngress } from "./authorize-security-group-ingress.ts";
import { createDefaultVpc } from "./create-default-vpc.ts";
import { createSecurityGroup } from "./create-security-group.ts";
import { createSubnet } from "./create-subnet.ts";
import { createTags } from "./create-tags.ts";
import { createVpc } from "./create-vpc.ts";
import { deleteSecurityGroup } from "./delete-security-group.ts";
import { deleteSubnet } from "./delete-subnet.ts";
import { deleteTags } from "./delete-tags.ts";
import { deleteVpc } from "./delete-vpc.ts";
import { describeAccountAttributes } from "./describe-account-attributes.ts";
import { describeAvailabilityZones } from "./describe-availability-zones.ts";
import { describeInternetGateways } from "./describe-internet-gateways.ts";
import { describeNatGateways } from "./describe-nat-gateways.ts";
import { describeRegions } from "./describe-regions.ts";
import { describeRouteTables } from "./describe-route-tables.ts";
import { describeSecurityGroupRules } from "./describe-security-group-rules.ts";
import { describeSecurityGroups } from "./describe-security-groups.ts";
import { describeSubnets } from "./describe-subnets.ts";
import { describeTags } from "./describe-tags.ts";
import { describeVpcAttribute } from "./describe-vpc-attribute.ts";
import { describeVpcs } from "./describe-vpcs.ts";
import { modifySecurityGroupRules } from "./modify-security-group-rules.ts";
import { modifySubnetAttribute } from "./modify-subnet-attribute.ts";
import { modifyVpcAttribute } from "./modify-vpc-attribute.ts";
import { revokeSecurityGroupEgress } from "./revoke-security-group-egress.ts";
import { revokeSecurityGroupIngress } from "./revoke-security-group-ingress.ts";
import { updateSecurityGroupRuleDescriptionsEgress } from "./update-security-group-rule-descriptions-egress.ts";
import { updateSecurityGroupRuleDescriptionsIngress } from "./update-security-group-rule-descriptions-ingress.ts";

export const operations = {
  AuthorizeSecurityGroupEgress: authorizeSecurityGroupEgress,
  AuthorizeSecurityGroupIngress: authorizeSecurityGroupIngress,
  CreateDefaultVpc: createDefaultVpc,
  CreateSecurityGroup: createSecurityGroup,
  CreateSubnet: createSubnet,
  CreateTags: createTags,
  CreateVpc: createVpc,
  DeleteSecurityGroup: deleteSecurityGroup,
  DeleteSubnet: deleteSubnet,
  DeleteTags: deleteTags,
  DeleteVpc: deleteVpc,
  DescribeAccountAttributes: describeAccountAttributes,
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeInternetGateways: describeInternetGateways,
  DescribeNatGateways: describeNatGateways,
  DescribeRegions: describeRegions,
  DescribeRouteTables: describeRouteTables,
  DescribeSecurityGroupRules: describeSecurityGroupRules,
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeSubnets: describeSubnets,
  DescribeTags: describeTags,
  DescribeVpcAttribute: describeVpcAttribute,
  DescribeVpcs: describeVpcs,
  ModifySecurityGroupRules: modifySecurityGroupRules,
  ModifySubnetAttribute: modifySubnetAttribute,
  ModifyVpcAttribute: modifyVpcAttribute,
  RevokeSecurityGroupEgress: revokeSecurityGroupEgress,
  RevokeSecurityGroupIngress: revokeSecurityGroupIngress,
  UpdateSecurityGroupRuleDescriptionsEgress: updateSecurityGroupRuleDescriptionsEgress,
  UpdateSecurityGroupRuleDescriptionsIngress: updateSecurityGroupRuleDescriptionsIngress,
};
