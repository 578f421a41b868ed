/** Makes what a working stack needs in its database and through its API; `up` and `account create` call this. Safe to repeat. */
import { bootstrapAccount, FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { createAgentKey } from "@roadstead/db/agents";
import type { Db } from "@roadstead/db/connect";
import { ensureScope } from "@roadstead/db/scopes";
import { callEcs } from "./api-client.ts";
import { accessKeyBox } from "./database.ts";
import { dataFiles, readJson, writeJson } from "./files.ts";
import type { LocalAgent } from "./service-processes.ts";
import type { Settings } from "./settings.ts";
import type { AgentRecord, Credentials } from "./stack.ts";

const DEFAULT_CLUSTER = "default";

/** The first account and its administrator's key, kept 0600 in the data folder. */
export async function ensureFirstAccount(settings: Settings, db: Db): Promise<Credentials> {
  const { credentials } = dataFiles(settings.dataDir);
  const known = readJson<Credentials>(credentials);
  if (known && (await keyExists(db, known.accessKeyId))) return known;
  const made = await createAccount(settings, db, {
    accountId: FIRST_ACCOUNT_ID,
    name: "default",
  });
  writeJson(credentials, made);
  return made;
}

export async function createAccount(
  settings: Settings,
  db: Db,
  account: { readonly accountId: string; readonly name: string },
): Promise<Credentials> {
  const key = await bootstrapAccount(db, accessKeyBox(settings.dataDir), {
    ...account,
    regions: settings.regions,
  });
  return { accountId: account.accountId, ...key };
}

/** Keeps the agent's identity while the database knows it and it was not revoked, else makes a new one. */
export async function ensureAgent(
  settings: Settings,
  db: Db,
  wanted: Pick<AgentRecord, "name" | "accountId" | "cpu" | "memoryMiB" | "opsPort"> & {
    readonly known: AgentRecord | null;
  },
): Promise<AgentRecord> {
  const { known, ...rest } = wanted;
  if (known && (await keyExists(db, known.accessKeyId))) return { ...known, opsPort: rest.opsPort };
  const region = settings.regions[0] ?? "us-east-1";
  const scope = await db.write((tx) => ensureScope(tx, { accountId: rest.accountId, region }));
  const key = await createAgentKey(db, accessKeyBox(settings.dataDir), {
    scope,
    clusterName: DEFAULT_CLUSTER,
  });
  const agent: LocalAgent = {
    name: rest.name,
    accountId: rest.accountId,
    region,
    cluster: DEFAULT_CLUSTER,
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey,
    cpu: rest.cpu,
    memoryMiB: rest.memoryMiB,
  };
  return { ...agent, opsPort: rest.opsPort };
}

/** The API makes no cluster by itself; a new user expects `default` to be there. */
export async function ensureDefaultClusters(settings: Settings, key: Credentials): Promise<void> {
  await Promise.all(
    settings.regions.map((region) =>
      callEcs({ url: settings.apiUrl, region, key }, "CreateCluster", {
        clusterName: DEFAULT_CLUSTER,
      }),
    ),
  );
}

async function keyExists(db: Db, accessKeyId: string): Promise<boolean> {
  const rows = await db.query(
    `SELECT 1 FROM access_keys k LEFT JOIN agents a ON a.id = k.agent_id
     WHERE k.access_key_id = $1 AND a.revoked_at IS NULL`,
    [accessKeyId],
  );
  return rows.length > 0;
}
