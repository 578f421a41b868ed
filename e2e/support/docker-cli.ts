/** Pushes and pulls with this machine's `docker`, logged in to the registry as an account's user would be. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import type { Account } from "./account.ts";
import { dockerSocket } from "./engine.ts";

const TIMEOUT_MS = 180_000;

export interface DockerCli {
  /** What it printed; throws with what it printed instead. */
  run(...args: readonly string[]): Promise<string>;
  /** Removes its login. */
  close(): Promise<void>;
}

/** As much of an account as signing in needs. */
type Caller = Pick<Account, "endpoint" | "region" | "credentials">;

export const ecrOf = ({ endpoint, region, credentials }: Caller): ECRClient =>
  new ECRClient({ endpoint, region, credentials, maxAttempts: 1 });

/** Its login is in a folder of its own, as several accounts share the registry's address. */
export async function loggedIn(account: Caller): Promise<DockerCli> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-docker-"));
  const run = (args: readonly string[], input = "") =>
    new Promise<string>((resolve, reject) => {
      const env = { PATH: process.env.PATH, HOME: folder, DOCKER_HOST: `unix://${dockerSocket()}` };
      const child = execFile("docker", ["--config", folder, ...args], { env, timeout: TIMEOUT_MS });
      let output = "";
      child.stdout?.on("data", (text: string) => {
        output += text;
      });
      child.stderr?.on("data", (text: string) => {
        output += text;
      });
      child.once("error", reject);
      child.once("close", (code) =>
        code === 0
          ? resolve(output)
          : reject(new Error(`docker ${args.join(" ")} failed (${code}): ${output}`)),
      );
      child.stdin?.end(input);
    });
  const { authorizationData } = await ecrOf(account).send(new GetAuthorizationTokenCommand({}));
  const [data] = authorizationData ?? [];
  const [username = "", password = ""] = Buffer.from(data?.authorizationToken ?? "", "base64")
    .toString()
    .split(":");
  const host = (data?.proxyEndpoint ?? "").replace(/^https?:\/\//, "");
  await run(["login", "--username", username, "--password-stdin", host], password);
  return {
    run: (...args) => run(args),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
