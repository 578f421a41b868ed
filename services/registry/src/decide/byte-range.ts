/** Reads the ranges of HTTP: which part of a blob is asked for, and where a chunk of an upload belongs. */

/** Both ends belong to the range. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The part that `Range` asks for of `size` bytes. Null is all of it: no header, or one that a server may ignore
 * (several ranges, another unit). https://www.rfc-editor.org/rfc/rfc9110#name-range
 */
export function parseRange(header: string | undefined, size: number): ByteRange | "unsatisfiable" | null {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (first === "" && last === "") return null;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return start < size && start <= end ? { start, end } : "unsatisfiable";
}

/** Where a chunk belongs, as clients write it (`0-1023`). Null for what cannot be read. */
export function parseContentRange(header: string): ByteRange | null {
  const [, first, last] = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim()) ?? [];
  if (first === undefined || last === undefined || Number(last) < Number(first)) return null;
  return { start: Number(first), end: Number(last) };
}
