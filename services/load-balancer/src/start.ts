/** Wires the load balancer: `configureBalancers` bells and a sweep to load → decide → apply → commit, one pass at a time. */
import type { Backing } from "@roadstead/backing/open-backing";
import { newestBell, takeBells } from "@roadstead/db/bells";
import { CERTIFICATES_PURPOSE } from "@roadstead/db/certificates";
import type { Db } from "@roadstead/db/connect";
import { createSecretBox } from "@roadstead/db/secrets";
import { ALL_BALANCERS, loadBalancer } from "@roadstead/messages/load-balancer";
import { startLoop } from "@roadstead/service-kit/loops";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import type { LoadBalancerConfig } from "./config.ts";
import { balancerConfigurator } from "./configure-balancers.ts";
import { countRequests } from "./count-requests.ts";
import { type Haproxy, openHaproxy } from "./running-haproxy.ts";

export async function start(kit: Kit<LoadBalancerConfig> & Backing): Promise<Running> {
  const { db, queue, config, log } = kit;
  const folder = config.ROADSTEAD_HAPROXY_DIR;
  if (folder === undefined) {
    log.warn({ op: "balancers.off" }, "no HAProxy here: load balancers are rows and answer nothing");
    const consumer = queue.consume(
      loadBalancer,
      { configureBalancers: () => forgetBells(db) },
      { concurrency: 1 },
    );
    return { stop: () => consumer.stop() };
  }
  const certificateKeys = createSecretBox(kit.masterKeys, CERTIFICATES_PURPOSE);
  const minuteMs = config.ROADSTEAD_METRIC_PERIOD_MS;
  const count = () => countRequests({ db, folder, minuteMs });
  const haproxy = countingFirst(openHaproxy(folder, config.ROADSTEAD_HAPROXY_BIN), () =>
    count().catch((error: unknown) =>
      log.warn({ op: "balancers.count", err: error }, "requests not counted"),
    ),
  );
  const configure = oneAtATime(balancerConfigurator({ db, haproxy, certificateKeys, log }));
  const consumer = queue.consume(
    loadBalancer,
    {
      configureBalancers: async (_message, { log: runLog }) => {
        const outcome = await configure();
        runLog.debug({ op: "balancers.configure", ...outcome });
      },
    },
    { concurrency: 1 },
  );
  const sweep = startLoop({
    name: "target-sweep",
    everyMs: config.ROADSTEAD_TARGET_SWEEP_MS,
    run: async () => void (await configure()),
    log,
  });
  const counting = startLoop({
    name: "request-counts",
    everyMs: minuteMs / COUNTS_PER_MINUTE,
    run: (signal) => countClosely(count, { signal, forMs: minuteMs / COUNTS_PER_MINUTE }),
    log,
  });
  return {
    async stop() {
      await Promise.all([consumer.stop(), sweep.stop(), counting.stop()]);
    },
  };
}

const COUNTS_PER_MINUTE = 20;

const CLOSE_LOOK_MS = 200;

/** Workers that a reload left behind are looked at often: what they count after the last look is lost when they end. */
async function countClosely(
  count: () => Promise<number>,
  { signal, forMs }: { readonly signal: AbortSignal; readonly forMs: number },
): Promise<void> {
  const until = performance.now() + forMs;
  while ((await count()) > 1 && performance.now() < until && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, CLOSE_LOOK_MS));
  }
}

/** A worker that is replaced may end at once, and what it counted with it. */
const countingFirst = (haproxy: Haproxy, count: () => Promise<unknown>): Haproxy => ({
  ...haproxy,
  async reload(text, structure) {
    await count();
    await haproxy.reload(text, structure);
  },
});

const forgetBells = (db: Db): Promise<void> =>
  db.write(async (tx) =>
    takeBells(
      tx,
      "configureBalancers",
      ALL_BALANCERS,
      await newestBell(tx, "configureBalancers", ALL_BALANCERS),
    ),
  );

function oneAtATime<T>(run: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(run);
    last = next.catch(() => undefined);
    return next;
  };
}
