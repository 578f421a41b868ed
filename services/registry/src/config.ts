/** What the registry reads from its environment, beside what every stateful process does. */
import { blobStoreSettings } from "@roadstead/blob-store/open-blob-store";
import { listField, portField, wholeNumberField } from "@roadstead/service-kit/config";
import { tlsFields } from "@roadstead/tls/tls-config";
import { z } from "zod";

export const configSchema = z.object({
  ROADSTEAD_LISTEN_HOST: z.string().default("127.0.0.1"),
  ROADSTEAD_REGISTRY_PORT: portField().default(4701),
  /** The first region is that of images whose name says none. */
  ROADSTEAD_REGIONS: listField().default(["us-east-1"]),
  ROADSTEAD_AUTH: z.enum(["sigv4", "insecure"]).default("sigv4"),
  /** Bodies received at a time, and how many more may wait; memory is bounded by the former. */
  ROADSTEAD_REGISTRY_UPLOADS: wholeNumberField(1).default(64),
  ROADSTEAD_REGISTRY_UPLOADS_WAITING: wholeNumberField(0).default(1_024),
  /** A connection on which nothing moves for this long is ended. */
  ROADSTEAD_REGISTRY_IDLE_MS: wholeNumberField(1_000).default(120_000),
  /** An upload that nobody has gone on with for this long is forgotten. */
  ROADSTEAD_REGISTRY_UPLOAD_LIFE_MS: wholeNumberField(1_000).default(24 * 60 * 60 * 1_000),
  /** How often what nothing needs is looked for. */
  ROADSTEAD_REGISTRY_SWEEP_MS: wholeNumberField(100).default(10 * 60 * 1_000),
  ...tlsFields,
  ROADSTEAD_TLS_REGISTRY_PORT: portField().default(4751),
  ...blobStoreSettings,
});

export type RegistryConfig = z.infer<typeof configSchema>;
