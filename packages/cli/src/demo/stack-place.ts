/** What the stack that the demo ends with is called, where it is made, and what of an error may be passed over; all of its steps read this. */
import type { ApiAccess } from "../api-client.ts";
import type { DemoDocker } from "./demo-image.ts";

/** As examples/terraform/common-stack calls them, so that both ways make the same. */
export const STACK = {
  name: "storefront",
  service: "web",
  family: "storefront-web",
  repository: "storefront/web",
  imageTag: "1",
  logGroup: "/ecs/storefront/web",
  secret: "storefront/database",
  parameter: "/storefront/greeting",
  domain: "storefront.example.com",
  port: 8080,
  range: "10.83.0.0/16",
  leastTasks: 2,
  mostTasks: 6,
} as const;

export interface StackPlace {
  readonly access: ApiAccess;
  readonly accountId: string;
  readonly dockerSocket: string;
  readonly registry: string;
  /** Of the data folder; Terraform's files and state are kept there. */
  readonly folder: string;
  readonly terraformEnv: Readonly<Record<string, string>>;
  docker(): Promise<DemoDocker>;
  /** Where the load balancer of that name answers on this machine. */
  twinOf(balancer: string): Promise<string | null>;
}

/** What the work gives, or null where it failed with one of those codes, as when a thing is there already or is gone. */
export async function unless<T>(codes: readonly string[], work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (codes.some((code) => String(error).includes(code))) return null;
    throw error;
  }
}
