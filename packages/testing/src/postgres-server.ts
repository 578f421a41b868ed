/** A PostgreSQL for tests: the one in the environment, else an installed one, else a container; fixtures start it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import pg from "pg";
import { findProgram, postgresFolders } from "./find-program.ts";
import { freePort } from "./free-port.ts";
import { hasLocalImage, loadTestcontainers } from "./local-image.ts";
import { type ServerUser, serverFolder, startServerProcess, unprivilegedUser } from "./server-process.ts";
import { untilReady } from "./until-ready.ts";

export const POSTGRES_URL_VARIABLE = "ROADSTEAD_TEST_DATABASE_URL";
const IMAGE = process.env.ROADSTEAD_TEST_POSTGRES_IMAGE ?? "postgres:17-alpine";
const START_ATTEMPTS_MAX = 3;
/** Tests throw the data away, so nothing need survive a crash. */
const SETTINGS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"];

export interface PostgresServer {
  /** A superuser's address of the maintenance database. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env[POSTGRES_URL_VARIABLE];
  if (given !== undefined && given !== "") return { url: given, stop: async () => undefined };
  const folders = await postgresFolders();
  const [initdb, postgres] = [await findProgram("initdb", folders), await findProgram("postgres", folders)];
  if (initdb !== null && postgres !== null) return startInstalled(initdb, postgres);
  if (await hasLocalImage(IMAGE)) return startContainer();
  throw new Error(
    `no PostgreSQL for tests: set ${POSTGRES_URL_VARIABLE}, install postgresql, or make the image ${IMAGE} available`,
  );
}

async function startInstalled(initdb: string, postgres: string): Promise<PostgresServer> {
  const user = await unprivilegedUser();
  for (let attempt = 1; ; attempt++) {
    const folder = await serverFolder("postgres", user);
    await initialise(initdb, folder, user);
    const port = await freePort();
    const settings = [...SETTINGS, `unix_socket_directories=${folder}`].flatMap((setting) => ["-c", setting]);
    const command = [postgres, "-D", `${folder}/data`, "-h", "127.0.0.1", "-p", String(port), ...settings];
    const server = startServerProcess(command, { folder, user });
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    try {
      await untilReady("PostgreSQL", server, () => queryPostgres(url, "SELECT 1"));
      return { url, stop: server.stop };
    } catch (error) {
      await server.stop();
      if (attempt >= START_ATTEMPTS_MAX) throw error;
    }
  }
}

async function initialise(initdb: string, folder: string, user: ServerUser | null): Promise<void> {
  const args = [
    "-D",
    `${folder}/data`,
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
  ];
  await promisify(execFile)(initdb, args, {
    ...user,
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
  });
}

async function startContainer(): Promise<PostgresServer> {
  const { GenericContainer, Wait } = await loadTestcontainers();
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: "trust" })
    .withCommand(["postgres", ...SETTINGS.flatMap((setting) => ["-c", setting])])
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start();
  return {
    url: `postgres://postgres@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
    stop: async () => void (await container.stop()),
  };
}

/** One statement on a connection of its own. */
export async function queryPostgres<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
