/** An upload as a file that grows: written once, synchronised before it is reported; the filesystem store opens it. */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type AppendOptions,
  BlobStoreError,
  type BlobUpload,
  SourceFailedError,
  type UploadState,
} from "./blob-store.ts";
import { startFileWriter } from "./file-writer.ts";
import { sourceChunks } from "./source-chunks.ts";

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export function openFilesystemUpload(path: string, opened: UploadState): BlobUpload {
  let state = opened;
  return {
    key: state.key,
    get state() {
      return state;
    },
    async append(source, options = {}) {
      const { chunks, failure } = sourceChunks(source);
      state = await storeCall(() => write(path, state, chunks, options));
      const failed = failure();
      if (failed !== null) throw new SourceFailedError(state, failed.cause);
      return state;
    },
    async complete() {
      await storeCall(async () => {
        const file = await openAt(path, state.size);
        try {
          await file.datasync();
        } finally {
          await file.close();
        }
      });
      return { key: state.key, size: state.size };
    },
    abort: () => storeCall(() => rm(path, { force: true })),
  };
}

/** Any failure of the file system, as the store's error. */
export async function storeCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BlobStoreError(`the blob folder: ${reason}`, { cause });
  }
}

async function write(
  path: string,
  from: UploadState,
  chunks: AsyncIterable<Uint8Array>,
  { onDurable }: AppendOptions,
): Promise<UploadState> {
  const file = await openAt(path, from.size);
  const at = (size: number): UploadState => ({ ...from, size });
  try {
    const writer = startFileWriter(file, from.size, (size) => onDurable?.(at(size)));
    try {
      for await (const chunk of chunks) await writer.add(chunk);
    } finally {
      await writer.settle();
    }
    return at(await writer.finish());
  } finally {
    await file.close();
  }
}

/** The file, cut to what is durable; a new one's names in the folders are durable before anything is written to it. */
async function openAt(path: string, size: number): Promise<FileHandle> {
  const file = await openExisting(path);
  if (file === null) {
    if (size > 0) throw new Error(`${size} bytes of an upload are gone`);
    return create(path);
  }
  const written = (await file.stat()).size;
  if (written > size) await file.truncate(size);
  if (written >= size) return file;
  await file.close();
  throw new Error(`${size - written} bytes of an upload are gone`);
}

async function openExisting(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDWR);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

async function create(path: string): Promise<FileHandle> {
  const folder = dirname(path);
  const made = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, FILE_MODE);
  await syncFolder(folder);
  if (made !== undefined) await syncFolder(dirname(made));
  return file;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
