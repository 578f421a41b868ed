/**
 * Signed requests per second and their latency, beside moto's server where Python has it; run with `node bench/api.ts`.
 *
 * Both servers get the same requests from the same client that keeps connections alive (moto closes each), in turns;
 * the client signs every request. `--data=FOLDER` measures a running Roadstead, otherwise a private one is brought up and removed.
 */
import { ensureImage } from "../e2e/support/image.ts";
import { measureServers, type Server } from "./support/api-load.ts";
import { OURS, PEER, reportRequests } from "./support/api-report.ts";
import { printBusyness } from "./support/cpu-time.ts";
import { type MotoServer, startMoto } from "./support/moto-server.ts";
import { benchedStack } from "./support/own-stack.ts";

const METHOD = { repetitions: 3, durationMs: 1_200 };

await printBusyness();
await ensureImage();
const stack = await benchedStack(process.argv);
let moto: MotoServer | null = null;
try {
  moto = await startMoto();
  if (!moto) console.log("moto is not installed here (pip install 'moto[server]'): Roadstead alone.\n");
  const pid = stack.pids.get("api") ?? stack.pids.get("edge");
  if (pid === undefined) throw new Error("the api's process is not running");
  const storePids = ["postgres", "redis"].flatMap((name) => stack.pids.get(name) ?? []);
  const servers: Server[] = [{ name: OURS, endpoint: stack.endpoint, pid, storePids, launchType: "EC2" }];
  if (moto) {
    const { endpoint, pid } = moto;
    servers.push({ name: PEER, endpoint, pid, storePids: [], launchType: "FARGATE" });
  }
  reportRequests(await measureServers(servers, METHOD), METHOD);
} finally {
  await moto?.stop();
  await stack.close();
}
