/** Everything the load balancer's configuration follows from, in one snapshot; the load balancer service loads it. */
import type { BalancerAction, BalancerCondition } from "@roadstead/model/balancer-rule";
import { ADDRESS_ATTRIBUTE } from "@roadstead/model/container-instance";
import { blocksOnMachines, rangesOf } from "@roadstead/model/machine-range";
import type { HealthCheck, TargetHealthState } from "@roadstead/model/target-group";
import { newestBell } from "./bells.ts";
import type { ReadTx } from "./connect.ts";

export interface LoadedBalancer {
  readonly id: string;
  readonly name: string;
  readonly state: "provisioning" | "active" | "active_impaired" | "failed";
  readonly stateReason: string | null;
  readonly address: string;
  readonly loopbackAddress: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface LoadedListener {
  readonly id: string;
  readonly loadBalancerId: string;
  readonly protocol: "HTTP" | "HTTPS";
  readonly port: number;
  /** ARNs; the first is shown to clients that ask for none of them. */
  readonly certificates: readonly string[];
  readonly sslPolicy: string | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly defaultActions: readonly BalancerAction[];
  readonly rules: readonly {
    readonly priority: number;
    readonly conditions: readonly BalancerCondition[];
    readonly actions: readonly BalancerAction[];
  }[];
}

export interface LoadedTarget {
  readonly targetId: string;
  readonly port: number;
  readonly state: "registered" | "draining";
  readonly health: TargetHealthState | null;
  /** Since it was first said to be initial: registered long before its group was used, it was not checked then. */
  readonly checkedForMs: number;
  /** Since its requests were first seen to go elsewhere; 0 until then. */
  readonly drainingForMs: number;
  /** Of a machine: whether it is this installation's own host, whose ports are reached over loopback. */
  readonly isLocalMachine: boolean;
  /** Of another machine: where the control plane's own network reaches it; null when its agent did not say. */
  readonly machineAddress: string | null;
}

export interface LoadedGroup {
  readonly id: string;
  /** The balancer whose listener sends requests to it. */
  readonly loadBalancerId: string | null;
  readonly protocol: "HTTP" | "HTTPS";
  readonly targetType: "instance" | "ip";
  readonly healthCheck: HealthCheck;
  readonly attributes: Readonly<Record<string, string>>;
  readonly targets: readonly LoadedTarget[];
}

export interface LoadedCertificate {
  readonly id: string;
  /** Another one whenever the certificate or its chain is another one. */
  readonly fingerprint: string;
}

/** Whom a balancer's security groups let in. */
export interface LoadedIngress {
  readonly loadBalancerId: string;
  /** A block of addresses. */
  readonly source: string;
  readonly fromPort: number;
  readonly toPort: number;
}

export interface LoadedBalancers {
  readonly newestBell: number;
  readonly balancers: readonly LoadedBalancer[];
  readonly listeners: readonly LoadedListener[];
  readonly groups: readonly LoadedGroup[];
  readonly ingress: readonly LoadedIngress[];
  /** Those that listeners show. */
  readonly certificates: readonly LoadedCertificate[];
}

const FINGERPRINT = "md5(certificate_pem || coalesce(chain_pem, ''))";

export async function loadBalancers(tx: ReadTx, bellKey: string): Promise<LoadedBalancers> {
  const bell = await newestBell(tx, "configureBalancers", bellKey);
  const balancers = await tx.query<LoadedBalancer>(
    `SELECT id, name, state, state_reason AS "stateReason", address, loopback_address AS "loopbackAddress", attributes
     FROM load_balancers ORDER BY id`,
    [],
    "balancing-balancers",
  );
  const listeners = await tx.query<LoadedListener>(
    `SELECT l.id, l.load_balancer_id AS "loadBalancerId", l.protocol, l.port, l.certificates,
       l.ssl_policy AS "sslPolicy", l.attributes, l.default_actions AS "defaultActions",
       coalesce((SELECT jsonb_agg(jsonb_build_object('priority', r.priority, 'conditions', r.conditions,
         'actions', r.actions) ORDER BY r.priority) FROM listener_rules r WHERE r.listener_id = l.id), '[]') AS rules
     FROM listeners l ORDER BY l.id`,
    [],
    "balancing-listeners",
  );
  const groups = await tx.query<LoadedGroup>(
    `SELECT g.id, g.protocol, g.target_type AS "targetType", g.health_check AS "healthCheck", g.attributes,
       (SELECT min(l.load_balancer_id) FROM target_group_uses u JOIN listeners l ON l.id = u.listener_id
        WHERE u.target_group_id = g.id) AS "loadBalancerId"
     FROM target_groups g
     WHERE EXISTS (SELECT FROM target_group_uses u WHERE u.target_group_id = g.id)
       OR EXISTS (SELECT FROM targets t WHERE t.target_group_id = g.id)
     ORDER BY g.id`,
    [],
    "balancing-groups",
  );
  const targets = await loadTargets(tx);
  const certificates = await tx.query<LoadedCertificate>(
    `SELECT id, ${FINGERPRINT} AS fingerprint FROM certificates
     WHERE id IN (SELECT split_part(jsonb_array_elements_text(certificates), '/', 2) FROM listeners)`,
    [],
    "balancing-certificates",
  );
  return {
    newestBell: bell,
    balancers,
    listeners,
    ingress: await loadIngress(tx),
    certificates,
    groups: groups.map((group) => ({ ...group, targets: targets.get(group.id) ?? [] })),
  };
}

/**
 * A group that a rule names stands for its members: tasks with an interface of their own, and other balancers. A block is of the
 * VPC as it is on machines.
 */
async function loadIngress(tx: ReadTx): Promise<readonly LoadedIngress[]> {
  const rows = await tx.query<
    LoadedIngress & { own: string | null; machine: string | null; isBlock: boolean }
  >(
    `WITH rules AS (
       SELECT b.id, b.vpc_id, r.cidr_ipv4, r.referenced_group_id,
         CASE r.protocol WHEN '-1' THEN 0 ELSE r.from_port END AS from_port,
         CASE r.protocol WHEN '-1' THEN 65535 ELSE r.to_port END AS to_port
       FROM load_balancers b CROSS JOIN LATERAL jsonb_array_elements_text(b.security_groups) AS has(group_id)
       JOIN security_group_rules r ON r.group_id = has.group_id
       WHERE NOT r.egress AND r.protocol IN ('tcp', '6', '-1')
     ), sources AS (
       SELECT id, from_port, to_port, cidr_ipv4 AS source, true AS is_block FROM rules WHERE cidr_ipv4 IS NOT NULL
       UNION
       SELECT r.id, r.from_port, r.to_port, n.private_ip || '/32', false
       FROM rules r JOIN network_interfaces n ON n.vpc_id = r.vpc_id AND n.group_ids ? r.referenced_group_id
       UNION
       SELECT r.id, r.from_port, r.to_port, b.address || '/32', false
       FROM rules r JOIN load_balancers b ON b.vpc_id = r.vpc_id AND b.security_groups ? r.referenced_group_id
     )
     SELECT s.id AS "loadBalancerId", s.source, s.from_port AS "fromPort", s.to_port AS "toPort", s.is_block AS "isBlock",
       v.cidr_block AS own, coalesce(v.machine_range::text, v.cidr_block) AS machine
     FROM sources s JOIN load_balancers b ON b.id = s.id LEFT JOIN vpcs v ON v.id = b.vpc_id
     ORDER BY s.id, s.source, s.from_port, s.to_port`,
    [],
    "balancing-ingress",
  );
  return rows.flatMap(({ own, machine, isBlock, source, ...where }) => {
    const sources = isBlock && own && machine ? blocksOnMachines(source, rangesOf(own, machine)) : [source];
    return sources.map((block) => ({ ...where, source: block }));
  });
}

/** What HAProxy reads of a certificate, and its sealed key; the load balancer asks when it has not written it yet. */
export async function loadCertificateContent(
  tx: Pick<ReadTx, "query">,
  id: string,
): Promise<(LoadedCertificate & { readonly chainPem: string; readonly sealedKey: string }) | null> {
  const [row] = await tx.query<LoadedCertificate & { chainPem: string; sealedKey: string }>(
    `SELECT id, ${FINGERPRINT} AS fingerprint, certificate_pem || coalesce(chain_pem, '') AS "chainPem",
       sealed_key AS "sealedKey"
     FROM certificates WHERE id = $1`,
    [id],
  );
  return row ?? null;
}

async function loadTargets(tx: ReadTx): Promise<ReadonlyMap<string, readonly LoadedTarget[]>> {
  const rows = await tx.query<LoadedTarget & { groupId: string }>(
    `SELECT t.target_group_id AS "groupId", t.target_id AS "targetId", t.port, t.state, h.state AS health,
       CASE WHEN h.state = 'initial'
         THEN (extract(epoch FROM now() - h.at) * 1000)::float8 ELSE 0 END AS "checkedForMs",
       CASE WHEN t.state = 'draining' AND h.state = 'draining'
         THEN (extract(epoch FROM now() - h.at) * 1000)::float8 ELSE 0 END AS "drainingForMs",
       EXISTS (SELECT FROM container_instances i
         WHERE (i.id = t.target_id OR i.ec2_instance_id = t.target_id) AND i.status <> 'INACTIVE'
           AND NOT EXISTS (SELECT FROM join_tokens j WHERE j.agent_id = i.agent_id)) AS "isLocalMachine",
       (SELECT min(a ->> 'value') FROM container_instances i CROSS JOIN jsonb_array_elements(i.attributes) a
         WHERE (i.id = t.target_id OR i.ec2_instance_id = t.target_id) AND i.status <> 'INACTIVE'
           AND a ->> 'name' = '${ADDRESS_ATTRIBUTE}') AS "machineAddress"
     FROM targets t
     LEFT JOIN target_health h ON (h.target_group_id, h.target_id, h.port) = (t.target_group_id, t.target_id, t.port)
     ORDER BY t.target_group_id, t.registered_at, t.target_id, t.port`,
    [],
    "balancing-targets",
  );
  return Map.groupBy(rows, ({ groupId }) => groupId);
}

export interface BalancerPlace {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly state: LoadedBalancer["state"];
  readonly stateReason: string | null;
  readonly dnsName: string;
  readonly address: string;
  readonly loopbackAddress: string;
  readonly listeners: readonly { readonly protocol: "HTTP" | "HTTPS"; readonly port: number }[];
}

/** All load balancers of the installation, for its operator. */
export const listBalancerPlaces = (tx: Pick<ReadTx, "query">) =>
  tx.query<BalancerPlace>(
    `SELECT b.name, s.account_id AS "accountId", s.region, b.state, b.state_reason AS "stateReason",
       b.dns_name AS "dnsName", b.address, b.loopback_address AS "loopbackAddress",
       coalesce((SELECT jsonb_agg(jsonb_build_object('protocol', l.protocol, 'port', l.port) ORDER BY l.port)
         FROM listeners l WHERE l.load_balancer_id = b.id), '[]') AS listeners
     FROM load_balancers b JOIN scopes s ON s.id = b.scope_id ORDER BY s.account_id, s.region, b.name`,
  );
