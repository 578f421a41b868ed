import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { withRedis } from "./redis-server.ts";

const REDIS_SERVER = new URL("./redis-server.ts", import.meta.url).href;

test("a server ends and its folder goes even when the process that started it is killed", async () => {
  const script = `
    import { startInstalledRedis, withRedis } from "${REDIS_SERVER}";
    const { url } = await startInstalledRedis();
    const [, folder] = await withRedis(url, (redis) => redis.config("GET", "dir"));
    process.stdout.write(JSON.stringify({ url, folder }) + "\\n");
    setInterval(() => undefined, 1_000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { url, folder } = await new Promise<{ url: string; folder: string }>((resolve) => {
    owner.stdout.once("data", (chunk: Buffer) => resolve(JSON.parse(chunk.toString())));
  });
  expect(await withRedis(url, (redis) => redis.ping())).toBe("PONG");
  owner.kill("SIGKILL");
  await vi.waitFor(() => expect(existsSync(folder)).toBe(false), { timeout: 10_000 });
  await expect(withRedis(url, (redis) => redis.ping())).rejects.toThrow();
});
