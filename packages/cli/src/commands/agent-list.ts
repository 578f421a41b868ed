/** `roadstead agent list`: the agents of all machines, with their container instances. */
import { listAgents } from "@roadstead/db/agents";
import type { Flags } from "../arguments.ts";
import { databaseUrl, withDb } from "../database.ts";
import { requireStack } from "../stack.ts";
import { renderTable } from "../table.ts";

export async function agentList(flags: Flags): Promise<void> {
  const { settings, remembered } = requireStack();
  const agents = await withDb(databaseUrl(settings, remembered), (db) => listAgents(db));
  if (flags.json) return void process.stdout.write(`${JSON.stringify(agents, null, 2)}\n`);
  const rows = agents.map((agent) => [
    agent.id,
    agent.machineName ?? "(this machine)",
    agent.accountId,
    agent.region,
    agent.clusterName,
    agent.containerInstanceId ?? "-",
    agent.status ?? "-",
    agent.isConnected ? "yes" : "no",
  ]);
  const header = ["AGENT", "MACHINE", "ACCOUNT", "REGION", "CLUSTER", "INSTANCE", "STATUS", "CONNECTED"];
  process.stdout.write(renderTable(header, rows));
}
