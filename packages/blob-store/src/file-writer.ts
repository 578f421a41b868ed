/** Writes a stream of chunks to a file, one write under way while the next is gathered; filesystem uploads use it. */
import type { FileHandle } from "node:fs/promises";

/** Chunks are gathered until a write is worth a trip to the thread pool; the count keeps a list of crumbs short. */
const WRITE_BYTES = 1_048_576;
const WRITE_CHUNKS_MAX = 512;
/** How much may be written before it is synchronised in passing, so that the end has little left to wait for. */
const SYNC_BYTES = 67_108_864;

export interface FileWriter {
  /** Resolves when there is room for more: the source waits for the disk. */
  add(chunk: Uint8Array): Promise<void>;
  /** Everything written and synchronised; answers the file's size. */
  finish(): Promise<number>;
  /** Waits until nothing is under way, whatever became of it, so that the file may be closed. */
  settle(): Promise<void>;
}

export function startFileWriter(
  file: Pick<FileHandle, "writev" | "datasync">,
  start: number,
  onDurable: (size: number) => void,
): FileWriter {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  let written = start;
  let synced = start;
  let writing: Promise<void> = Promise.resolve();
  let syncing: Promise<void> = Promise.resolve();
  let isSyncing = false;

  const syncInPassing = () => {
    if (isSyncing || written - synced < SYNC_BYTES) return;
    isSyncing = true;
    const size = written;
    syncing = file.datasync().then(() => {
      synced = size;
      isSyncing = false;
      onDurable(size);
    });
    syncing.catch(() => undefined);
  };
  const flush = async () => {
    await writing;
    const chunks = gathered;
    const bytes = gatheredBytes;
    gathered = [];
    gatheredBytes = 0;
    if (bytes === 0) return;
    writing = writeAll(file, chunks, written).then(() => {
      written += bytes;
      syncInPassing();
    });
    writing.catch(() => undefined);
  };
  return {
    async add(chunk) {
      gathered.push(chunk);
      gatheredBytes += chunk.byteLength;
      if (gatheredBytes >= WRITE_BYTES || gathered.length >= WRITE_CHUNKS_MAX) await flush();
    },
    async finish() {
      await flush();
      await writing;
      await syncing;
      await file.datasync();
      return written;
    },
    async settle() {
      await Promise.allSettled([writing, syncing]);
    },
  };
}

/** The kernel may take less than it was given. */
async function writeAll(
  file: Pick<FileHandle, "writev">,
  chunks: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let left = chunks;
  for (let at = position; left.length > 0; ) {
    const { bytesWritten } = await file.writev([...left], at);
    if (bytesWritten === 0) throw new Error("the file system took nothing");
    at += bytesWritten;
    left = after(left, bytesWritten);
  }
}

function after(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skipped = 0;
  for (const [index, chunk] of chunks.entries()) {
    if (skipped + chunk.byteLength > bytes) {
      return [chunk.subarray(bytes - skipped), ...chunks.slice(index + 1)];
    }
    skipped += chunk.byteLength;
  }
  return [];
}
