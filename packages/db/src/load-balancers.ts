/** Load balancers' rows; every change here and in what belongs to them wakes whoever configures them. */
import { randomBytes, randomInt } from "node:crypto";
import { ALL_BALANCERS } from "@roadstead/messages/load-balancer";
import { BALANCER_SLOTS, balancerAddresses, balancerDnsName } from "@roadstead/model/balancer-address";
import type { Tag } from "@roadstead/model/container-instance";
import type { ReadTx, WriteTx } from "./connect.ts";
import type { Scope } from "./scopes.ts";

export interface LoadBalancerRow {
  readonly id: string;
  readonly scopeId: number;
  readonly name: string;
  readonly type: "application";
  readonly scheme: "internet-facing" | "internal";
  readonly state: "provisioning" | "active" | "active_impaired" | "failed";
  readonly stateReason: string | null;
  readonly address: string;
  readonly loopbackAddress: string;
  readonly dnsName: string;
  readonly vpcId: string;
  readonly subnets: readonly { readonly subnetId: string; readonly zoneName: string }[];
  readonly securityGroups: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly createdAt: Date;
}

type Reader = Pick<ReadTx, "query">;

const COLUMNS = `id, scope_id AS "scopeId", name, type, scheme, state, state_reason AS "stateReason", address,
  loopback_address AS "loopbackAddress", dns_name AS "dnsName", vpc_id AS "vpcId", subnets,
  security_groups AS "securityGroups", attributes, tags, created_at AS "createdAt"`;

/** Held while a slot of the pools is chosen, so that two balancers do not choose the same. */
const SLOT_LOCK = "roadstead.load-balancer-slot";

/** 16 hexadecimal digits, as the ids in these ARNs are. */
export const newBalancerId = () => randomBytes(8).toString("hex");

/** Whatever a load balancer does may be different now. */
export const ringBalancers = (tx: WriteTx) => tx.bell("configureBalancers", ALL_BALANCERS);

export type NewLoadBalancer = Pick<
  LoadBalancerRow,
  "name" | "scheme" | "vpcId" | "subnets" | "securityGroups" | "tags"
>;

/** At the lowest free address. Null when every address of the pool is taken. */
export async function insertLoadBalancer(
  tx: WriteTx,
  place: { readonly scope: Scope; readonly domain: string },
  balancer: NewLoadBalancer,
): Promise<LoadBalancerRow | null> {
  const { scope, domain } = place;
  const slot = await takeSlot(tx);
  if (slot === null) return null;
  const { address, loopbackAddress } = balancerAddresses(slot);
  const number = randomInt(100_000_000, 2_000_000_000);
  const dnsName = balancerDnsName({ ...balancer, number, region: scope.region, domain });
  const [row] = await tx.query<LoadBalancerRow>(
    `INSERT INTO load_balancers (id, scope_id, name, type, scheme, state, slot, address, loopback_address, dns_name,
       vpc_id, subnets, security_groups, attributes, tags)
     VALUES ($1, $2, $3, 'application', $4, 'provisioning', $5, $6, $7, $8, $9, $10, $11, '{}', $12)
     RETURNING ${COLUMNS}`,
    [
      newBalancerId(),
      scope.id,
      balancer.name,
      balancer.scheme,
      slot,
      address,
      loopbackAddress,
      dnsName,
      balancer.vpcId,
      JSON.stringify(balancer.subnets),
      JSON.stringify(balancer.securityGroups),
      JSON.stringify(balancer.tags),
    ],
  );
  ringBalancers(tx);
  return row ?? null;
}

async function takeSlot(tx: WriteTx): Promise<number | null> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtext($1))", [SLOT_LOCK]);
  const [free] = await tx.query<{ slot: number }>(
    `SELECT slot FROM (SELECT 1 AS slot UNION ALL SELECT slot + 1 FROM load_balancers) next
     WHERE slot <= $1 AND NOT EXISTS (SELECT FROM load_balancers b WHERE b.slot = next.slot)
     ORDER BY slot LIMIT 1`,
    [BALANCER_SLOTS],
  );
  return free?.slot ?? null;
}

export async function findLoadBalancer(
  tx: Reader,
  scopeId: number,
  id: string,
): Promise<LoadBalancerRow | null> {
  const [row] = await tx.query<LoadBalancerRow>(
    `SELECT ${COLUMNS} FROM load_balancers WHERE scope_id = $1 AND id = $2`,
    [scopeId, id],
    "load-balancer-find",
  );
  return row ?? null;
}

/** The same, held until the transaction ends: whoever changes it or what belongs to it takes turns. */
export async function lockLoadBalancer(
  tx: WriteTx,
  scopeId: number,
  id: string,
): Promise<LoadBalancerRow | null> {
  const [row] = await tx.query<LoadBalancerRow>(
    `SELECT ${COLUMNS} FROM load_balancers WHERE scope_id = $1 AND id = $2 FOR NO KEY UPDATE`,
    [scopeId, id],
  );
  return row ?? null;
}

/** Balancers after `afterName` in name order, at most `limit`; all of the scope, or those that are named. */
export const listLoadBalancers = (
  tx: Reader,
  filter: {
    readonly scopeId: number;
    readonly ids?: readonly string[] | undefined;
    readonly names?: readonly string[] | undefined;
  },
  page: { readonly afterName: string; readonly limit: number },
) =>
  tx.query<LoadBalancerRow>(
    `SELECT ${COLUMNS} FROM load_balancers
     WHERE scope_id = $1 AND name COLLATE "C" > $2 AND ($3::text[] IS NULL OR id = ANY($3))
       AND ($4::text[] IS NULL OR name = ANY($4))
     ORDER BY name COLLATE "C" LIMIT $5`,
    [filter.scopeId, page.afterName, filter.ids ?? null, filter.names ?? null, page.limit],
  );

export async function countLoadBalancers(tx: Reader, scopeId: number): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM load_balancers WHERE scope_id = $1",
    [scopeId],
  );
  return row?.count ?? 0;
}

/** Everything of a balancer that may change while it is there. */
export async function updateLoadBalancer(
  tx: WriteTx,
  row: Pick<LoadBalancerRow, "id" | "subnets" | "securityGroups" | "attributes" | "tags">,
): Promise<void> {
  await tx.query(
    `UPDATE load_balancers SET subnets = $2, security_groups = $3, attributes = $4, tags = $5 WHERE id = $1`,
    [
      row.id,
      JSON.stringify(row.subnets),
      JSON.stringify(row.securityGroups),
      JSON.stringify(row.attributes),
      JSON.stringify(row.tags),
    ],
  );
  ringBalancers(tx);
}

/** With its listeners and their rules; target groups stay. */
export async function deleteLoadBalancer(tx: WriteTx, id: string): Promise<void> {
  await tx.query("DELETE FROM load_balancers WHERE id = $1", [id]);
  ringBalancers(tx);
}
