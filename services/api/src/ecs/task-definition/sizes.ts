/** Reads task sizes as callers write them ("256", ".25 vCPU", "1 GB") and knows the sizes Fargate offers. */

const UNITS_PER_VCPU = 1024;
const MIB_PER_GB = 1024;

/** CPU units, or null when the text is no size. */
export function cpuUnits(text: string): number | null {
  return quantity(text, /^vcpus?$/i, UNITS_PER_VCPU);
}

/** MiB, or null when the text is no size. */
export function memoryMiB(text: string): number | null {
  return quantity(text, /^gb$/i, MIB_PER_GB);
}

function quantity(text: string, unit: RegExp, perUnit: number): number | null {
  const match = /^\s*(\d+|\d*\.\d+)\s*([A-Za-z]*)\s*$/.exec(text);
  if (!match?.[1]) return null;
  const scale = match[2] === "" ? 1 : unit.test(match[2] ?? "") ? perUnit : null;
  const value = scale === null ? Number.NaN : Number(match[1]) * scale;
  return Number.isSafeInteger(value) ? value : null;
}

interface FargateRow {
  readonly cpu: number;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size */
const FARGATE_SIZES: readonly FargateRow[] = [
  { cpu: 512, from: 1024, to: 4096, step: 1024 },
  { cpu: 1024, from: 2048, to: 8192, step: 1024 },
  { cpu: 2048, from: 4096, to: 16_384, step: 1024 },
  { cpu: 4096, from: 8192, to: 30_720, step: 1024 },
  { cpu: 8192, from: 16_384, to: 61_440, step: 4096 },
  { cpu: 16_384, from: 32_768, to: 122_880, step: 8192 },
];
const SMALLEST_FARGATE_MEMORY = [512, 1024, 2048];
const WINDOWS_FARGATE_CPU = { least: 1024, most: 4096 };

export function isFargateSize(cpu: number, memory: number): boolean {
  if (cpu === 256) return SMALLEST_FARGATE_MEMORY.includes(memory);
  const row = FARGATE_SIZES.find((size) => size.cpu === cpu);
  return !!row && memory >= row.from && memory <= row.to && (memory - row.from) % row.step === 0;
}

export const isWindowsFargateCpu = (cpu: number): boolean =>
  cpu >= WINDOWS_FARGATE_CPU.least && cpu <= WINDOWS_FARGATE_CPU.most;
