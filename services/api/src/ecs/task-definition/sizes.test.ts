import { expect, test } from "vitest";
import { cpuUnits, isFargateSize, memoryMiB } from "./sizes.ts";

test.each([
  ["1024", 1024],
  ["1 vCPU", 1024],
  ["1vcpu", 1024],
  [".25 vCPU", 256],
  ["2 vCPUs", 2048],
  ["", null],
  ["vCPU", null],
  ["1 GB", null],
  ["0.3 vCPU", null],
  ["-1", null],
  ["9".repeat(400), null],
])("%j is %j CPU units", (text, units) => {
  expect(cpuUnits(text)).toBe(units);
});

test.each([
  ["512", 512],
  ["1GB", 1024],
  ["0.5 gb", 512],
  ["1 MB", null],
  ["string", null],
])("%j is %j MiB", (text, mib) => {
  expect(memoryMiB(text)).toBe(mib);
});

test("Fargate offers exactly 74 sizes", () => {
  const cpus = Array.from({ length: 128 }, (_, i) => (i + 1) * 256);
  const memories = Array.from({ length: 512 }, (_, i) => (i + 1) * 256);
  const sizes = cpus.flatMap((cpu) => memories.filter((memory) => isFargateSize(cpu, memory)));
  expect(sizes).toHaveLength(74);
});
