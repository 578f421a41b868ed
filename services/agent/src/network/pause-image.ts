/** The program that holds a task's network and does nothing, in the few bytes that it takes, as an image; `task-networks` imports it. */
import { tarOf } from "@roadstead/runtime/tar";

export const PAUSE_IMAGE = "roadstead/pause:1";
export const PAUSE_COMMAND = "/pause";

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const LOADED_AT = 0x40_0000;
const READ_AND_EXECUTE = 5;
const PAGE_BYTES = 0x1000n;

/** Each waits for a signal, over and over; as the first process of its container it ends by SIGKILL alone. */
const PROGRAMS = {
  // mov eax, 34 (pause); syscall; jmp back
  x86_64: { machine: 62, code: [0xb8, 0x22, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7] },
  // x0..x4 = 0; x8 = 73 (ppoll); svc 0; b back
  arm64: {
    machine: 183,
    code: [
      0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800004, 0xd2800928, 0xd4000001, 0x17fffff9,
    ].flatMap((word) => [word & 255, (word >> 8) & 255, (word >> 16) & 255, (word >> 24) & 255]),
  },
} as const;

type Machine = keyof typeof PROGRAMS;

/** As the engine calls them. */
const MACHINES: Readonly<Record<string, Machine>> = {
  x86_64: "x86_64",
  amd64: "x86_64",
  aarch64: "arm64",
  arm64: "arm64",
};

/** Null for a machine that no program is known for. */
export function pauseArchive(architecture: string): Uint8Array | null {
  const machine = MACHINES[architecture];
  return machine ? tarOf(PAUSE_COMMAND.slice(1), executable(machine)) : null;
}

/** One header, one segment, the code: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html */
export function executable(name: Machine): Uint8Array {
  const { machine, code } = PROGRAMS[name];
  const codeAt = HEADER_BYTES + SEGMENT_BYTES;
  const file = new Uint8Array(codeAt + code.length);
  const view = new DataView(file.buffer);
  const short = (at: number, value: number) => view.setUint16(at, value, true);
  const word = (at: number, value: number) => view.setUint32(at, value, true);
  const long = (at: number, value: number | bigint) => view.setBigUint64(at, BigInt(value), true);
  // 64 bits, little-endian, version 1.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  short(16, 2);
  short(18, machine);
  word(20, 1);
  long(24, LOADED_AT + codeAt);
  long(32, HEADER_BYTES);
  short(52, HEADER_BYTES);
  short(54, SEGMENT_BYTES);
  short(56, 1);
  // Loaded whole.
  word(HEADER_BYTES, 1);
  word(HEADER_BYTES + 4, READ_AND_EXECUTE);
  long(HEADER_BYTES + 16, LOADED_AT);
  long(HEADER_BYTES + 24, LOADED_AT);
  long(HEADER_BYTES + 32, file.length);
  long(HEADER_BYTES + 40, file.length);
  long(HEADER_BYTES + 48, PAGE_BYTES);
  file.set(code, codeAt);
  return file;
}
