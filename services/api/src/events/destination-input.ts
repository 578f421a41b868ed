/** Reads what API destinations call: a URL, through a connection that is there. */
import type { ReadTx } from "@roadstead/db/connect";
import { findConnection } from "@roadstead/db/event-connections";
import { connectionArn, parseEventArn } from "@roadstead/model/event-arn";
import type { ApiContext } from "../context.ts";
import { eventErrors } from "./errors.ts";

/** AWS's own default. */
export const RATE_LIMIT = 300;

/** `*` stands for what a target's path parameters say. AWS takes HTTPS alone; here plain HTTP will do as well. */
export function checkEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  const isCallable = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.hash === "";
  if (!isCallable) {
    throw eventErrors.validation(
      `Parameter InvocationEndpoint is not valid. Reason: ${endpoint} is no HTTP or HTTPS endpoint.`,
    );
  }
  return endpoint;
}

export async function connectionIdOf(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  arn: string,
): Promise<string> {
  const name = parseEventArn(arn, "connection")?.name ?? arn;
  const row = await findConnection(tx, ctx.scope.id, name);
  if (!row || connectionArn(ctx.scope, row.name, row.id) !== arn) throw eventErrors.noConnection(name);
  return row.id;
}
