import { expect, test } from "vitest";
import { capacityOf } from "./container-instance.ts";

const integer = (name: string, integerValue: number) => ({ name, type: "INTEGER", integerValue }) as const;
const set = (name: string, ...stringSetValue: string[]) =>
  ({ name, type: "STRINGSET", stringSetValue }) as const;

test("a registration's resources become capacity, ports by protocol", () => {
  expect(
    capacityOf([
      integer("CPU", 2_048),
      integer("MEMORY", 3_950),
      set("PORTS", "22", "2375"),
      set("PORTS_UDP", "53"),
      set("GPU", "GPU-1"),
    ]),
  ).toEqual({
    cpu: 2_048,
    memoryMiB: 3_950,
    gpuIds: ["GPU-1"],
    reservedPorts: [
      { protocol: "tcp", port: 22 },
      { protocol: "tcp", port: 2_375 },
      { protocol: "udp", port: 53 },
    ],
  });
});

test("what is not a port, is repeated or is not known counts for nothing", () => {
  const resources = [set("PORTS", "22", "22", "0", "65536", "x", "1.5", ""), integer("FPGA", 4)];
  expect(capacityOf(resources)).toEqual({
    cpu: 0,
    memoryMiB: 0,
    gpuIds: [],
    reservedPorts: [{ protocol: "tcp", port: 22 }],
  });
});
