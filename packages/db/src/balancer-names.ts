/** The names of load balancers and where they lead; gateways tell agents, whose containers ask for them. */
import type { ReadTx } from "./connect.ts";

export interface BalancerName {
  readonly name: string;
  readonly address: string;
}

/** Of every account: a name is as good as its address, which everybody may try. */
export const listBalancerNames = (tx: Pick<ReadTx, "query">) =>
  tx.query<BalancerName>(
    "SELECT dns_name AS name, address FROM load_balancers ORDER BY dns_name",
    [],
    "balancer-names",
  );
