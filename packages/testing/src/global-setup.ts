/** Starts one PostgreSQL and one Redis for a whole run of service tests; vitest calls it (`globalSetup`). */
import { POSTGRES_URL_VARIABLE, startPostgres } from "./postgres-server.ts";
import { REDIS_URL_VARIABLE, startRedis } from "./redis-server.ts";

/** A server that is not to be had is left to the files that ask for it: they fail with the reason. */
export async function setup(): Promise<() => Promise<void>> {
  const servers = await Promise.all([
    share(POSTGRES_URL_VARIABLE, startPostgres),
    share(REDIS_URL_VARIABLE, startRedis),
  ]);
  return async () => {
    for (const stop of servers) await stop();
  };
}

async function share(
  variable: string,
  start: () => Promise<{ readonly url: string; stop(): Promise<void> }>,
): Promise<() => Promise<void>> {
  try {
    const server = await start();
    process.env[variable] = server.url;
    return () => server.stop();
  } catch {
    return async () => undefined;
  }
}
