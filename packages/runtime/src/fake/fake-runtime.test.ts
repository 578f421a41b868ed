import { runtimeContract } from "../contract.ts";
import { createFakeRuntime } from "./fake-runtime.ts";

const runtime = createFakeRuntime();
const held = {
  repository: "registry.test/team/web",
  tag: "1",
  digest: `sha256:${"ab".repeat(32)}`,
  login: { username: "AWS", password: "let-me-in", serverAddress: "registry.test" },
};

runtimeContract("the engine in memory", {
  open: async () => runtime,
  image: "roadstead/busybox:latest",
  label: "com.roadstead.test.fake",
  freePort: async () => 8_080,
  exit: async (id, exitCode) => runtime.exit(id, exitCode),
  async wrote(id) {
    runtime.write(id, "one", { time: "2026-01-02T03:04:05.100000000Z" });
    runtime.write(id, "two", { source: "stderr", time: "2026-01-02T03:04:05.100000001Z" });
    runtime.write(id, "three", { time: "2026-01-02T03:04:05.300000000Z" });
    runtime.exit(id, 0);
  },
  async privateImage() {
    runtime.serveImage(`${held.repository}:${held.tag}`, held);
    return held;
  },
});
