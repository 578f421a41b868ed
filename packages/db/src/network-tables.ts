/** Rows of the network that the EC2 API keeps. Few per region, so that lists are read whole and filtered by the api. */
import { createHash, randomBytes } from "node:crypto";
import type { Tag } from "@roadstead/model/container-instance";
import type { ReadTx, WriteTx } from "./connect.ts";
import type { StoredRoute } from "./schema/network.ts";
import type { SqlValue } from "./statements.ts";

interface Stored {
  readonly id: string;
  readonly scopeId: number;
}

interface Tagged extends Stored {
  readonly tags: readonly Tag[];
  readonly createdAt: Date;
}

export interface VpcRow extends Tagged {
  readonly cidrBlock: string;
  readonly isDefault: boolean;
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
  readonly addressUsageMetrics: boolean;
}

export interface SubnetRow extends Tagged {
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  /** Of its zone. */
  readonly isDefault: boolean;
  readonly mapPublicIp: boolean;
  readonly hostnameType: string;
  readonly hostnameRecord: boolean;
}

export interface SecurityGroupRow extends Tagged {
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
}

export interface SecurityGroupRuleRow extends Tagged {
  readonly groupId: string;
  readonly egress: boolean;
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidrIpv4: string | null;
  readonly cidrIpv6: string | null;
  readonly referencedGroupId: string | null;
  readonly description: string | null;
}

export interface RouteTableRow extends Tagged {
  readonly vpcId: string;
  readonly routes: readonly StoredRoute[];
}

export interface RouteTableAssociationRow extends Stored {
  readonly routeTableId: string;
  readonly vpcId: string;
  /** Null: the VPC's main association. */
  readonly subnetId: string | null;
}

export interface InternetGatewayRow extends Tagged {
  readonly vpcId: string | null;
}

export interface NatGatewayRow extends Tagged {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly connectivityType: string;
  readonly networkInterfaceId: string;
  readonly privateIp: string;
}

export interface AddressRow extends Tagged {
  readonly publicIp: string;
  readonly associationId: string | null;
  readonly natGatewayId: string | null;
}

type Reader = Pick<ReadTx, "query">;
type New<Row> = Omit<Row, "createdAt">;

export interface NetworkTable<Row extends Stored> {
  insert(tx: WriteTx, row: New<Row>): Promise<Row>;
  /** Of the scope, in the order of ids, which pages go by. */
  all(tx: Reader, scopeId: number): Promise<Row[]>;
  find(tx: Reader, scopeId: number, id: string): Promise<Row | null>;
  update(tx: WriteTx, id: string, change: Partial<Omit<New<Row>, "id" | "scopeId">>): Promise<void>;
  remove(tx: WriteTx, id: string): Promise<void>;
}

const columnOf = (member: string) => member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Lists and objects are kept as JSON. */
const storedValue = (value: unknown): SqlValue =>
  typeof value === "object" && value !== null ? JSON.stringify(value) : (value as SqlValue);

function tableOf<Row extends Stored>(
  table: string,
  members: readonly (keyof Row & string)[],
): NetworkTable<Row> {
  const shown = members.map((member) => `${columnOf(member)} AS "${member}"`).join(", ");
  return {
    async insert(tx, row) {
      const entries = Object.entries(row);
      const columns = entries.map(([member]) => columnOf(member));
      const places = entries.map((_, index) => `$${index + 1}`);
      const [inserted] = await tx.query<Row>(
        `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places.join(", ")}) RETURNING ${shown}`,
        entries.map(([, value]) => storedValue(value)),
      );
      return inserted as Row;
    },
    all: (tx, scopeId) =>
      tx.query<Row>(`SELECT ${shown} FROM ${table} WHERE scope_id = $1 ORDER BY id`, [scopeId]),
    async find(tx, scopeId, id) {
      const sql = `SELECT ${shown} FROM ${table} WHERE scope_id = $1 AND id = $2`;
      const [row] = await tx.query<Row>(sql, [scopeId, id]);
      return row ?? null;
    },
    async update(tx, id, change) {
      const entries = Object.entries(change);
      const set = entries.map(([member], index) => `${columnOf(member)} = $${index + 2}`).join(", ");
      await tx.query(`UPDATE ${table} SET ${set} WHERE id = $1`, [
        id,
        ...entries.map(([, v]) => storedValue(v)),
      ]);
    },
    async remove(tx, id) {
      await tx.query(`DELETE FROM ${table} WHERE id = $1`, [id]);
    },
  };
}

const TAGGED = ["id", "scopeId", "tags", "createdAt"] as const;

export const vpcs = tableOf<VpcRow>("vpcs", [
  ...TAGGED,
  "cidrBlock",
  "isDefault",
  "dnsSupport",
  "dnsHostnames",
  "addressUsageMetrics",
]);

export const subnets = tableOf<SubnetRow>("subnets", [
  ...TAGGED,
  "vpcId",
  "cidrBlock",
  "availabilityZone",
  "isDefault",
  "mapPublicIp",
  "hostnameType",
  "hostnameRecord",
]);

export const securityGroups = tableOf<SecurityGroupRow>("security_groups", [
  ...TAGGED,
  "vpcId",
  "name",
  "description",
]);

export const securityGroupRules = tableOf<SecurityGroupRuleRow>("security_group_rules", [
  ...TAGGED,
  "groupId",
  "egress",
  "protocol",
  "fromPort",
  "toPort",
  "cidrIpv4",
  "cidrIpv6",
  "referencedGroupId",
  "description",
]);

export const routeTables = tableOf<RouteTableRow>("route_tables", [...TAGGED, "vpcId", "routes"]);
export const routeTableAssociations = tableOf<RouteTableAssociationRow>("route_table_associations", [
  "id",
  "scopeId",
  "routeTableId",
  "vpcId",
  "subnetId",
]);
export const internetGateways = tableOf<InternetGatewayRow>("internet_gateways", [...TAGGED, "vpcId"]);
export const natGateways = tableOf<NatGatewayRow>("nat_gateways", [
  ...TAGGED,
  "vpcId",
  "subnetId",
  "connectivityType",
  "networkInterfaceId",
  "privateIp",
]);
export const addresses = tableOf<AddressRow>("addresses", [
  ...TAGGED,
  "publicIp",
  "associationId",
  "natGatewayId",
]);

/** `vpc-0123456789abcdef0`: 17 hexadecimal digits, as EC2 mints them. */
export const mintResourceId = (prefix: string): string => `${prefix}-0${randomBytes(8).toString("hex")}`;

/** The same one for a request that comes again with its token: what it made is found by it. */
export const tokenResourceId = (prefix: string, scopeId: number, token: string): string =>
  `${prefix}-0${createHash("sha256").update(`${scopeId} ${token}`).digest("hex").slice(0, 16)}`;
