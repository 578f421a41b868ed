/** What an upload to an object store must remember between appends, and how it reads from the caller's JSON. */
import { z } from "zod";
import type { UploadState } from "./blob-store.ts";

const driverSchema = z.object({
  /** Of the multipart upload, once there is a part. */
  uploadId: z.string().nullable(),
  /** Those that are stored, in order. */
  parts: z.array(z.object({ number: z.number().int().positive(), etag: z.string() })),
  /** Objects with the bytes after the last part, too few for one of their own. */
  tail: z.array(z.object({ key: z.string(), etag: z.string(), size: z.number().int().positive() })),
  /** How many objects were made for tails so far; part of the next one's name. */
  tailsMade: z.number().int().min(0),
});

export type S3Driver = Readonly<z.infer<typeof driverSchema>>;
export type TailPiece = S3Driver["tail"][number];

export interface S3State {
  readonly key: string;
  readonly size: number;
  readonly driver: S3Driver;
}

export function newState(key: string): S3State {
  return { key, size: 0, driver: { uploadId: null, parts: [], tail: [], tailsMade: 0 } };
}

export function parseState(state: UploadState): S3State {
  return { key: state.key, size: state.size, driver: driverSchema.parse(state.driver) };
}

export function tailBytes({ driver }: S3State): number {
  return driver.tail.reduce((bytes, { size }) => bytes + size, 0);
}
