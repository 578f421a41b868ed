/** A tar archive of one file that may be executed; the agent's pause image is made of it. */

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
/** Where the header's fields begin. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (ustar) */
const FIELDS = { mode: 100, uid: 108, gid: 116, size: 124, mtime: 136, checksum: 148, type: 156, magic: 257 };

export function tarOf(name: string, content: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  const header = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, text: string) => header.set(encoder.encode(text), at);
  if (encoder.encode(name).length > NAME_BYTES) throw new RangeError("the name is too long for the archive");
  put(0, name);
  put(FIELDS.mode, "0000755\0");
  put(FIELDS.uid, "0000000\0");
  put(FIELDS.gid, "0000000\0");
  put(FIELDS.size, `${octal(content.length, 11)}\0`);
  put(FIELDS.mtime, `${octal(0, 11)}\0`);
  put(FIELDS.type, "0");
  put(FIELDS.magic, "ustar\x0000");
  // Summed as if the checksum itself were blank.
  put(FIELDS.checksum, " ".repeat(8));
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(FIELDS.checksum, `${octal(sum, 6)}\0 `);
  const padded = Math.ceil(content.length / BLOCK_BYTES) * BLOCK_BYTES;
  // Two empty blocks end it.
  const archive = new Uint8Array(BLOCK_BYTES + padded + 2 * BLOCK_BYTES);
  archive.set(header);
  archive.set(content, BLOCK_BYTES);
  return archive;
}

const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
