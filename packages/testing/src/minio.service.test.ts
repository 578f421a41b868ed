import { describe, expect, test } from "vitest";
import { useMinio, usePrivateMinio } from "./minio.ts";

const shared = await useMinio();
const own = await usePrivateMinio();

const health = (endpoint: string) =>
  fetch(`${endpoint}/minio/health/live`, { signal: AbortSignal.timeout(10_000) }).then(
    ({ status }) => status,
  );

describe.skipIf(shared.unavailable !== null)("a MinIO for tests", () => {
  test("answers at the address that the fixture gives", async () => {
    expect(await health(shared.access().endpoint)).toBe(200);
  });
});

describe.skipIf(own.unavailable !== null)("a private MinIO", () => {
  test("is gone when it is killed, and back at the same address when it is started", async () => {
    const { endpoint } = own.access();
    await own.kill();
    await expect(health(endpoint)).rejects.toThrow();
    await own.start();
    expect(own.access().endpoint).toBe(endpoint);
    expect(await health(endpoint)).toBe(200);
  });
});
