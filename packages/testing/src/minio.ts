/**
 * A MinIO for every test of a file; call `useMinio` or `usePrivateMinio` at the top of a `*.service.test.ts`. There is no
 * package to install MinIO from everywhere, so that where it cannot be had, the tests are skipped and the reason is said.
 *
 *     const minio = await useMinio();
 *     describe.skipIf(minio.unavailable !== null)("…", () => { openS3Store({ ...minio.access(), … }) });
 *
 *     const minio = await usePrivateMinio();    // to kill and start again
 *     await minio.kill(); await minio.start();
 */
import { afterAll, beforeAll } from "vitest";
import {
  findMinio,
  givenMinio,
  type MinioAccess,
  type MinioServer,
  startInstalledMinio,
} from "./minio-server.ts";

export interface MinioFixture {
  /** Why the tests that need it are to be skipped; null when it is there. */
  readonly unavailable: string | null;
  access(): MinioAccess;
}

export interface PrivateMinioFixture extends MinioFixture {
  kill(): Promise<void>;
  start(): Promise<void>;
}

export async function useMinio(): Promise<MinioFixture> {
  const given = givenMinio();
  return given === null ? usePrivateMinio() : { unavailable: null, access: () => given };
}

export async function usePrivateMinio(): Promise<PrivateMinioFixture> {
  const found = await findMinio();
  const unavailable = "unavailable" in found ? found.unavailable : null;
  if (unavailable !== null) process.stderr.write(`skipped: ${unavailable}\n`);
  let server: MinioServer | undefined;
  const running = () => {
    if (server === undefined) throw new Error("a MinIO fixture is for running tests and their hooks");
    return server;
  };
  beforeAll(async () => {
    if ("program" in found) server = await startInstalledMinio(found.program);
  });
  afterAll(async () => {
    await server?.stop();
  });
  return {
    unavailable,
    access: () => running().access,
    kill: () => running().kill(),
    start: () => running().start(),
  };
}
