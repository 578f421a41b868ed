/** What EC2's network API keeps: VPCs and what belongs to them. Each region of an account starts with a default VPC. */
import { sql } from "drizzle-orm";
import { boolean, cidr, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, scopeId, tags } from "./columns.ts";
import { scopes } from "./scope.ts";

/** One per scope, made with its default VPC. Whoever changes a network holds this row until the commit. */
export const networks = pgTable("networks", {
  scopeId: integer("scope_id")
    .primaryKey()
    .references(() => scopes.id),
  dhcpOptionsId: text("dhcp_options_id").notNull(),
  createdAt: createdAt(),
});

export const vpcs = pgTable(
  "vpcs",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    cidrBlock: text("cidr_block").notNull(),
    /** Where its addresses are on machines, since its first task: no two overlap, of whatever scope (an exclusion constraint). */
    machineRange: cidr("machine_range"),
    isDefault: boolean("is_default").notNull(),
    dnsSupport: boolean("dns_support").notNull(),
    dnsHostnames: boolean("dns_hostnames").notNull(),
    addressUsageMetrics: boolean("address_usage_metrics").notNull(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [
    index("vpcs_scope").on(t.scopeId),
    uniqueIndex("vpcs_one_default").on(t.scopeId).where(sql`${t.isDefault}`),
  ],
);

const vpcId = () =>
  text("vpc_id")
    .notNull()
    .references(() => vpcs.id);

export const subnets = pgTable(
  "subnets",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    vpcId: vpcId(),
    cidrBlock: text("cidr_block").notNull(),
    availabilityZone: text("availability_zone").notNull(),
    isDefault: boolean("is_default").notNull(),
    mapPublicIp: boolean("map_public_ip").notNull(),
    /** ip-name or resource-name, and which records are answered for it. */
    hostnameType: text("hostname_type").notNull(),
    hostnameRecord: boolean("hostname_record").notNull(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [index("subnets_scope").on(t.scopeId), index("subnets_vpc").on(t.vpcId)],
);

export const securityGroups = pgTable(
  "security_groups",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    vpcId: vpcId(),
    name: text("name").notNull(),
    description: text("description").notNull(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [
    index("security_groups_scope").on(t.scopeId),
    uniqueIndex("security_groups_vpc_name").on(t.vpcId, t.name),
  ],
);

/** One source or destination each, as EC2 numbers them. */
export const securityGroupRules = pgTable(
  "security_group_rules",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    groupId: text("group_id")
      .notNull()
      .references(() => securityGroups.id, { onDelete: "cascade" }),
    egress: boolean("egress").notNull(),
    /** tcp, udp, icmp, icmpv6, -1 for every one, or a number. */
    protocol: text("protocol").notNull(),
    fromPort: integer("from_port").notNull(),
    toPort: integer("to_port").notNull(),
    /** Exactly one of the three is there. */
    cidrIpv4: text("cidr_ipv4"),
    cidrIpv6: text("cidr_ipv6"),
    /** Those of the group that is named may be reached from, or reach. */
    referencedGroupId: text("referenced_group_id").references(() => securityGroups.id),
    description: text("description"),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [
    index("security_group_rules_scope").on(t.scopeId),
    index("security_group_rules_group").on(t.groupId),
    index("security_group_rules_referenced").on(t.referencedGroupId),
  ],
);

export interface StoredRoute {
  readonly destination: string;
  readonly target: string;
}

export const routeTables = pgTable(
  "route_tables",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    vpcId: vpcId(),
    /** Without the one to the VPC itself, which every table has. */
    routes: jsonb("routes").$type<StoredRoute[]>().notNull(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [index("route_tables_scope").on(t.scopeId), index("route_tables_vpc").on(t.vpcId)],
);

/** A subnet without one follows the main table, whose association has no subnet. */
export const routeTableAssociations = pgTable(
  "route_table_associations",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    routeTableId: text("route_table_id")
      .notNull()
      .references(() => routeTables.id),
    vpcId: vpcId(),
    subnetId: text("subnet_id").references(() => subnets.id),
  },
  (t) => [
    index("route_table_associations_scope").on(t.scopeId),
    uniqueIndex("route_table_associations_subnet").on(t.subnetId),
    uniqueIndex("route_table_associations_main").on(t.vpcId).where(sql`${t.subnetId} IS NULL`),
  ],
);

export const internetGateways = pgTable(
  "internet_gateways",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    /** The one it is attached to. */
    vpcId: text("vpc_id").references(() => vpcs.id),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [index("internet_gateways_scope").on(t.scopeId), uniqueIndex("internet_gateways_vpc").on(t.vpcId)],
);

export const natGateways = pgTable(
  "nat_gateways",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    vpcId: vpcId(),
    subnetId: text("subnet_id")
      .notNull()
      .references(() => subnets.id),
    connectivityType: text("connectivity_type").notNull(),
    networkInterfaceId: text("network_interface_id").notNull(),
    privateIp: text("private_ip").notNull(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [index("nat_gateways_scope").on(t.scopeId), index("nat_gateways_subnet").on(t.subnetId)],
);

/** Elastic IP addresses. */
export const addresses = pgTable(
  "addresses",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    publicIp: text("public_ip").notNull(),
    associationId: text("association_id"),
    natGatewayId: text("nat_gateway_id").references(() => natGateways.id),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex("addresses_scope_public_ip").on(t.scopeId, t.publicIp),
    uniqueIndex("addresses_nat_gateway").on(t.natGatewayId),
  ],
);
