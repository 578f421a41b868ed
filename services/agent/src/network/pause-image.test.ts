import { expect, test } from "vitest";
import { executable, pauseArchive } from "./pause-image.ts";

test.each([
  ["x86_64", 62],
  ["arm64", 183],
] as const)(
  "the program for %s is one loaded segment that begins at its code and goes back to its beginning",
  (machine, code) => {
    const file = executable(machine);
    const view = new DataView(file.buffer);
    expect([...file.slice(0, 7)]).toEqual([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    expect(view.getUint16(18, true)).toBe(code);
    expect(view.getBigUint64(24, true)).toBe(view.getBigUint64(64 + 16, true) + 120n);
    expect(view.getBigUint64(64 + 32, true)).toBe(BigInt(file.length));
    expect(file.length).toBeLessThan(200);
    // Both end in a jump over all of the code.
    const length = file.length - 120;
    const back =
      machine === "x86_64"
        ? view.getInt8(file.length - 1) + 0
        : ((view.getInt32(file.length - 4, true) << 6) >> 6) * 4;
    expect(back).toBe(machine === "x86_64" ? -length : -(length - 4));
  },
);

test("a machine that no program is known for gets none", () => {
  expect(pauseArchive("riscv64")).toBeNull();
  expect(pauseArchive("aarch64")).toEqual(pauseArchive("arm64"));
});
