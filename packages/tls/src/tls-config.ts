/** What a service with a TLS port reads from its environment beside its own settings. */
import { listField } from "@roadstead/service-kit/config";
import { z } from "zod";

/** Spread into a service's schema. */
export const tlsFields = {
  /** Where other machines reach this one; without it no TLS port is opened. */
  ROADSTEAD_TLS_LISTEN_HOST: z.string().optional(),
  /** Further names and addresses that other machines call this one by, such as a load balancer's. */
  ROADSTEAD_TLS_NAMES: listField().default([]),
};

export interface TlsConfig {
  readonly ROADSTEAD_TLS_LISTEN_HOST?: string | undefined;
  readonly ROADSTEAD_TLS_NAMES: readonly string[];
}
