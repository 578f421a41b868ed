/** A MinIO for tests: the one in the environment, else an installed one; the fixture starts it, and says when there is none. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "./find-program.ts";
import { freePort } from "./free-port.ts";
import { serverFolder, startServerProcess } from "./server-process.ts";
import { untilReady } from "./until-ready.ts";

const S3_ENDPOINT_VARIABLE = "ROADSTEAD_TEST_S3_ENDPOINT";
const PROGRAM_VARIABLE = "ROADSTEAD_MINIO_BIN";
const START_ATTEMPTS_MAX = 3;

export interface MinioAccess {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface MinioServer {
  readonly access: MinioAccess;
  stop(): Promise<void>;
  /** Ends it as a crash would; its data stays. */
  kill(): Promise<void>;
  /** Starts what was killed, at the same address and with its data. */
  start(): Promise<void>;
}

/** The program, or why there is none. */
export async function findMinio(): Promise<{ readonly program: string } | { readonly unavailable: string }> {
  const named = process.env[PROGRAM_VARIABLE];
  const program = (named ? await findProgram(named, [""]) : null) ?? (await findProgram("minio"));
  if (program !== null) return { program };
  return {
    unavailable: `no MinIO for tests: set ${S3_ENDPOINT_VARIABLE}, ROADSTEAD_TEST_S3_ACCESS_KEY and ROADSTEAD_TEST_S3_SECRET_KEY, or name a program with ${PROGRAM_VARIABLE}, or put minio on the PATH`,
  };
}

/** The server that the environment names; nothing is started or stopped there. */
export function givenMinio(): MinioAccess | null {
  const endpoint = process.env[S3_ENDPOINT_VARIABLE];
  if (endpoint === undefined || endpoint === "") return null;
  return {
    endpoint,
    accessKey: process.env.ROADSTEAD_TEST_S3_ACCESS_KEY ?? "",
    secretKey: process.env.ROADSTEAD_TEST_S3_SECRET_KEY ?? "",
  };
}

export async function startInstalledMinio(program: string): Promise<MinioServer> {
  const data = await mkdtemp(join(tmpdir(), "roadstead-minio-data-"));
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const access: MinioAccess = {
      endpoint: `http://127.0.0.1:${port}`,
      accessKey: "roadstead-test",
      secretKey: randomBytes(16).toString("hex"),
    };
    try {
      let server = await launch(program, data, access);
      return {
        access,
        async stop() {
          await server.stop();
          await rm(data, { recursive: true, force: true });
        },
        kill: () => server.kill(),
        async start() {
          server = await launch(program, data, access);
        },
      };
    } catch (error) {
      if (attempt >= START_ATTEMPTS_MAX) throw error;
    }
  }
}

async function launch(program: string, data: string, access: MinioAccess) {
  const folder = await serverFolder("minio", null);
  const address = new URL(access.endpoint).host;
  const server = startServerProcess([program, "server", "--quiet", "--address", address, data], {
    folder,
    user: null,
    env: {
      MINIO_ROOT_USER: access.accessKey,
      MINIO_ROOT_PASSWORD: access.secretKey,
      MINIO_BROWSER: "off",
      MINIO_UPDATE: "off",
    },
  });
  try {
    await untilReady("MinIO", server, async () => {
      const answer = await fetch(`${access.endpoint}/minio/health/ready`, {
        signal: AbortSignal.timeout(1_000),
      });
      if (!answer.ok) throw new Error(`MinIO answers ${answer.status}`);
    });
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
