import { runtimeContract } from "../contract.ts";
import { createFakeRuntime } from "./fake-runtime.ts";

runtimeContract("the engine in memory", {
  open: async () => createFakeRuntime(),
  image: "roadstead/busybox:latest",
  label: "com.roadstead.test.fake",
});
