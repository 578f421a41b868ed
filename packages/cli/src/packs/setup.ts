/**
 * Prepares an installation whose processes others run, such as Compose: `setup` brings the database to this release's
 * schema and makes the master key and the first account in the data folder; `setup clusters` makes the default clusters
 * once the api answers; `setup token` prints the line that lets a machine join.
 */
import { migrate } from "@roadstead/db/migrate";
import { ensureDefaultClusters, ensureFirstAccount } from "../bootstrap.ts";
import { agentToken } from "../commands/agent-token.ts";
import { withDb } from "../database.ts";
import { Failure } from "../failure.ts";
import { dataFiles, makeDataDirectories, writeJson } from "../files.ts";
import { ensureSecret } from "../install/secrets.ts";
import { say } from "../progress.ts";
import type { Remembered } from "../settings.ts";
import { openStack, requireCredentials, requireStack } from "../stack.ts";

const MASTER_KEY_BYTES = 32;

async function setup(): Promise<void> {
  const { settings } = openStack();
  const { dataDir, databaseUrl } = settings;
  if (databaseUrl === null)
    throw new Failure("no database is named", "set ROADSTEAD_DATABASE_URL=postgres://…");
  makeDataDirectories(dataDir);
  ensureSecret(dataFiles(dataDir).masterKey, MASTER_KEY_BYTES);
  await migrate(databaseUrl);
  const { accessKeyId } = await withDb(databaseUrl, (db) => ensureFirstAccount(settings, db));
  const memory: Remembered = { settings, processes: "split", postgresPort: null, redisPort: null };
  writeJson(dataFiles(dataDir).settings, memory);
  say(`The database is ready; ${accessKeyId}'s key is in ${dataFiles(dataDir).credentials}.`);
}

async function clusters(): Promise<void> {
  const { settings } = requireStack();
  await ensureDefaultClusters(settings, requireCredentials(settings.dataDir));
  say(`Cluster default is there in ${settings.regions.join(", ")}.`);
}

try {
  const [what] = process.argv.slice(2);
  if (what === "clusters") await clusters();
  else if (what === "token") await agentToken({});
  else await setup();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(`setup: ${error.message}${error.fix === null ? "" : `\n  fix: ${error.fix}`}`);
  process.exitCode = 1;
}
