import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { blobEnvironment, chooseBlobPlace, requireSameBlobPlace } from "./blob-place.ts";
import { Failure } from "./failure.ts";
import { type BlobPlace, type Remembered, resolveSettings } from "./settings.ts";

const FOLDER: BlobPlace = { kind: "folder", folder: "/d/blobs" };
const MINIO: BlobPlace = { kind: "minio" };
const BUCKET: BlobPlace = { kind: "bucket", endpoint: "http://s3:9000", bucket: "layers" };
const ENDPOINT = { ROADSTEAD_BLOB_S3_ENDPOINT: "http://s3:9000", ROADSTEAD_BLOB_S3_BUCKET: "layers" };

describe("where layers are kept", () => {
  test.each([
    ["in the data folder by default", {}, false, null, FOLDER],
    ["in MinIO when it is asked for", {}, true, null, MINIO],
    ["in MinIO from then on", {}, false, MINIO, MINIO],
    [
      "in the folder that the environment names",
      { ROADSTEAD_BLOB_DIR: "/b" },
      false,
      null,
      {
        kind: "folder",
        folder: "/b",
      },
    ],
    ["in MinIO rather than in a folder named earlier", { ROADSTEAD_BLOB_DIR: "/b" }, true, null, MINIO],
    ["in the store that the environment names", ENDPOINT, false, MINIO, BUCKET],
    ["in the store that the environment names, and no other MinIO is made", ENDPOINT, true, null, BUCKET],
  ] as const)("%s", (_name, env, minio, before, place) => {
    expect(chooseBlobPlace(resolveSettings(env, "/d"), { minio, before })).toEqual(place);
  });

  test("the registry is told of one place only", () => {
    expect(blobEnvironment(FOLDER, null)).toEqual({ ROADSTEAD_BLOB_DIR: "/d/blobs" });
    expect(blobEnvironment(BUCKET, null)).toEqual({ ROADSTEAD_BLOB_DIR: "" });
    expect(blobEnvironment(MINIO, { url: "http://m", accessKey: "a", secretKey: "s" })).toMatchObject({
      ROADSTEAD_BLOB_DIR: "",
      ROADSTEAD_BLOB_S3_ENDPOINT: "http://m",
    });
  });
});

describe("another place than before", () => {
  test("is refused once the data folder holds layers, whether or not that was remembered", () => {
    const { settings, remembered, own } = stack();
    expect(() => requireSameBlobPlace(settings, null, MINIO)).not.toThrow();
    mkdirSync(join(own, "blobs", "ab"), { recursive: true });
    expect(() =>
      requireSameBlobPlace(settings, remembered({ kind: "folder", folder: own }), MINIO),
    ).not.toThrow();
    writeFileSync(join(own, "blobs", "ab", "layer"), "");
    expect(() => requireSameBlobPlace(settings, remembered({ kind: "folder", folder: own }), MINIO)).toThrow(
      Failure,
    );
    expect(() => requireSameBlobPlace(settings, null, MINIO)).toThrow(/images are kept in the folder/);
    expect(() => requireSameBlobPlace(settings, null, { kind: "folder", folder: own })).not.toThrow();
  });

  test("is refused once our MinIO holds layers", () => {
    const { settings, remembered, own, dataDir } = stack();
    const away = { kind: "folder", folder: own } as const;
    expect(() => requireSameBlobPlace(settings, remembered(MINIO), away)).not.toThrow();
    mkdirSync(join(dataDir, "minio", "data", "roadstead", "blobs", "ab", "layer"), { recursive: true });
    expect(() => requireSameBlobPlace(settings, remembered(MINIO), away)).toThrow(
      /kept in this stack's MinIO/,
    );
  });

  test("is refused after a store that is not ours, which may hold layers", () => {
    const { settings, remembered } = stack();
    expect(() => requireSameBlobPlace(settings, remembered(BUCKET), BUCKET)).not.toThrow();
    expect(() => requireSameBlobPlace(settings, remembered(BUCKET), { ...BUCKET, bucket: "other" })).toThrow(
      Failure,
    );
  });
});

function stack() {
  const dataDir = mkdtempSync(join(tmpdir(), "roadstead-place-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const settings = resolveSettings({}, dataDir);
  const remembered = (blobs: BlobPlace): Remembered => ({
    settings,
    processes: "packed",
    postgresPort: null,
    redisPort: null,
    blobs,
  });
  return { dataDir, settings, remembered, own: join(dataDir, "blobs") };
}
