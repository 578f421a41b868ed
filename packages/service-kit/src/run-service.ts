/** Runs one service, or a pack of them, as a process: configuration, logs, operations port, start, orderly stop. */
import type { z } from "zod";
import { ConfigError, type Environment, parseConfig, processConfigSchema } from "./config.ts";
import { createLogger, type Logger } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { startOpsServer } from "./ops-server.ts";
import { createReadiness, type Readiness } from "./readiness.ts";
import { createShutdown, type Shutdown } from "./shutdown.ts";

/** The whole orderly stop; a supervisor that waits longer than this may kill. */
const STOP_TIMEOUT_MS = 25_000;
const EXIT_CONFIG = 2;

/** What a process gives everything that runs in it. */
export interface ProcessKit {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly shutdown: Shutdown;
}

/** The kit with the configuration of the one it is given to. */
export interface Kit<Config> extends ProcessKit {
  readonly config: Config;
}

export interface Running {
  stop(): Promise<void>;
}

type ConfigOf<Deps> = Deps extends { readonly config: infer Config } ? Config : unknown;

/** A service as its folder describes it; `Deps` is what its `start` asks for: parts of the kit and of what is shared. */
export interface ServiceDefinition<Deps extends object> {
  readonly name: string;
  readonly configSchema: z.ZodType<ConfigOf<Deps>>;
  readonly start: (deps: Deps) => Promise<Running>;
}

/** A service whose configuration type is settled, so that a pack can list several. */
export interface PackedService<Given extends object> {
  readonly name: string;
  /** Parses the service's configuration and says how to start it. */
  readonly configure: (env: Environment) => (given: Given) => Promise<Running>;
}

export function packed<Deps extends object>(
  service: ServiceDefinition<Deps>,
): PackedService<Omit<Deps, "config">> {
  return {
    name: service.name,
    configure(env) {
      const config = parseConfig(service.configSchema, env);
      return (given) => service.start({ ...given, config } as object as Deps);
    },
  };
}

/** Opens what the services of a process share, once; registers each closing with `kit.shutdown`. */
export interface SharedDefinition<Schema extends z.ZodType, Shared extends object> {
  readonly configSchema: Schema;
  readonly open: (kit: Kit<z.output<Schema>>) => Promise<Shared>;
}

export interface RunPackOptions<Schema extends z.ZodType, Shared extends object> {
  readonly name: string;
  readonly shared: SharedDefinition<Schema, Shared>;
  readonly services: readonly PackedService<ProcessKit & NoInfer<Shared>>[];
  readonly env?: Environment;
}

/** Runs one service that opens what it needs itself. Returns when it has started; the process ends on SIGTERM or SIGINT. */
export function runService<Config>(
  service: ServiceDefinition<Kit<Config>> & { readonly env?: Environment },
): Promise<void> {
  return runProcess(service.name, service.env ?? process.env, (env) => {
    const start = packed(service).configure(env);
    return [(kit) => startOne(service.name, kit, () => start(kit))];
  });
}

/** Runs several services in one process over one set of connections. They stop in reverse order of start. */
export function runPack<Schema extends z.ZodType, Shared extends object>(
  options: RunPackOptions<Schema, Shared>,
): Promise<void> {
  const names = options.services.map((service) => service.name);
  return runProcess(options.name, options.env ?? process.env, (env) => {
    const config = parseConfig(options.shared.configSchema, env);
    const starts = options.services.map((service) => ({
      name: service.name,
      start: service.configure(env),
    }));
    return [
      async (kit) => {
        const shared = await options.shared.open({ ...kit, config });
        for (const { name, start } of starts) {
          // The process is the line's `service`; of a pack's several parts the line names its own.
          const log = starts.length === 1 ? kit.log : kit.log.child({ part: name });
          await startOne(name, kit, () => start({ ...kit, ...shared, log }));
        }
      },
      names,
    ];
  });
}

type Plan = readonly [start: (kit: ProcessKit) => Promise<void>, services?: readonly string[]];

async function startOne(name: string, kit: ProcessKit, start: () => Promise<Running>): Promise<void> {
  const running = await start();
  kit.shutdown.add(name, () => running.stop());
  kit.log.info({ op: "service.started", started: name }, "service started");
}

async function runProcess(name: string, env: Environment, plan: (env: Environment) => Plan): Promise<void> {
  const { base, start, services } = configureOrExit(env, plan);
  const log = createLogger({ service: name, level: base.ROADSTEAD_LOG_LEVEL });
  const shutdown = createShutdown(log);
  const kit: ProcessKit = {
    log,
    metrics: createMetrics(name),
    readiness: createReadiness(),
    shutdown,
  };
  let state = "starting";
  kit.readiness.add("started", async () => {
    if (state !== "running") throw new Error(state);
  });
  endOnSignals(log, shutdown);
  try {
    kit.metrics.collectProcess();
    if (base.ROADSTEAD_OPS_PORT !== undefined) {
      const ops = await startOpsServer({
        host: base.ROADSTEAD_LISTEN_HOST,
        port: base.ROADSTEAD_OPS_PORT,
        services: services ?? [name],
        ...kit,
      });
      shutdown.add("ops-server", () => ops.close());
      log.info({ op: "ops.listening", port: ops.port }, "operations port open");
    }
    await start(kit);
    state = "running";
    shutdown.add("readiness", () => {
      state = "stopping";
    });
  } catch (error) {
    log.fatal({ op: "process.start", err: error }, "could not start");
    await endProcess(log, shutdown, 1);
  }
}

function configureOrExit(env: Environment, plan: (env: Environment) => Plan) {
  try {
    const base = parseConfig(processConfigSchema, env);
    const [start, services] = plan(env);
    return { base, start, services };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

/** A process that met something nobody expected is in an unknown state: it says so and leaves; a supervisor restarts it. */
function endOnSignals(log: Logger, shutdown: Shutdown): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info({ op: "process.stop", signal }, "stopping");
      void endProcess(log, shutdown, 0);
    });
  }
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ op: "process.crash", event, err: error }, "unexpected error");
      process.exit(1);
    });
  }
}

async function endProcess(log: Logger, shutdown: Shutdown, code: number): Promise<void> {
  const overdue = setTimeout(() => {
    log.error({ op: "process.stop", timeoutMs: STOP_TIMEOUT_MS }, "stopping took too long");
    process.exit(1);
  }, STOP_TIMEOUT_MS);
  await shutdown.close();
  clearTimeout(overdue);
  log.info({ op: "process.stopped" }, "stopped");
  process.exit(code);
}
