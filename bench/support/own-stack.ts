/** Gives a benchmark a running Roadstead: the one whose data folder `--data=` names, else a private one that is removed at the end. */
import { destroyStack, openStack, type Stack, startStack } from "../../e2e/support/stack.ts";
import type { Endpoint } from "./ecs-client.ts";

export interface BenchedStack {
  readonly dataDir: string;
  readonly endpoint: Endpoint;
  /** Process id by process name. */
  readonly pids: ReadonlyMap<string, number>;
  /** Runs `./roadstead …` on it. */
  roadstead: Stack["roadstead"];
  close(): Promise<void>;
}

export async function benchedStack(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<BenchedStack> {
  const given = argv.find((arg) => arg.startsWith("--data="))?.slice("--data=".length);
  const stack = given ? openStack(given) : await startStack({ processes: "split", env });
  const close = () => (given ? Promise.resolve() : destroyStack(stack));
  try {
    const { processes } = await stack.status();
    return {
      dataDir: stack.dataDir,
      roadstead: stack.roadstead,
      endpoint: await endpointOf(stack),
      pids: new Map(processes.flatMap(({ name, pid }) => (pid === null ? [] : [[name, pid] as const]))),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function endpointOf(stack: Stack): Promise<Endpoint> {
  const exports = await stack.roadstead("env");
  const value = (name: string) => new RegExp(`^export ${name}='?([^'\n]*)`, "m").exec(exports)?.[1] ?? "";
  return {
    url: value("AWS_ENDPOINT_URL"),
    region: value("AWS_REGION"),
    credentials: {
      accessKeyId: value("AWS_ACCESS_KEY_ID"),
      secretAccessKey: value("AWS_SECRET_ACCESS_KEY"),
    },
  };
}
