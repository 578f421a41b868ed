/** Security groups as tasks use them: which VPC each is of, and which task or load balancer has it. */
import type { ReadTx } from "./connect.ts";

type Reader = Pick<ReadTx, "query">;

export const groupsByIds = (tx: Reader, scopeId: number, ids: readonly string[]) =>
  tx.query<{ id: string; vpcId: string }>(
    `SELECT id, vpc_id AS "vpcId" FROM security_groups WHERE scope_id = $1 AND id = ANY($2)`,
    [scopeId, ids],
  );
