/** What the provisioner reads from its environment. */
import { hostname } from "node:os";
import { vpcRangeFields } from "@roadstead/backing/vpc-range-fields";
import { wholeNumberField } from "@roadstead/service-kit/config";
import { z } from "zod";

/** How a host's agent is started here; its identity, size and folder come on top. */
const agentProgram = z.object({
  command: z.string().min(1),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()),
});

export type AgentProgram = z.infer<typeof agentProgram>;

const jsonField = <Schema extends z.ZodType>(schema: Schema) =>
  z.string().transform((text, context): z.output<Schema> => {
    try {
      const parsed = schema.safeParse(JSON.parse(text));
      if (parsed.success) return parsed.data;
    } catch {
      // said below
    }
    context.addIssue({ code: "custom", message: "must be the JSON of a program" });
    return z.NEVER;
  });

export const configSchema = z.object({
  /** Without one no host is started here: tasks wait for hosts elsewhere. */
  ROADSTEAD_FARGATE_AGENT: jsonField(agentProgram).optional(),
  /** Where hosts' agents keep their folders, and where their logs go. */
  ROADSTEAD_FARGATE_AGENTS_DIR: z.string().optional(),
  ROADSTEAD_FARGATE_LOGS_DIR: z.string().optional(),
  /** Names this machine among those whose provisioners share a database. */
  ROADSTEAD_FARGATE_MACHINE: z.string().min(1).max(255).default(hostname()),
  /** CPU units and MiB that Fargate tasks may take of this machine, beside its own container instance; all of it unless said. */
  ROADSTEAD_FARGATE_CPU: wholeNumberField(256).optional(),
  ROADSTEAD_FARGATE_MEMORY_MIB: wholeNumberField(512).optional(),
  /** How long a task waits for room before it fails. */
  ROADSTEAD_FARGATE_CAPACITY_WAIT_MS: wholeNumberField(100).default(60_000),
  /** How long a host beyond the first stays without tasks. */
  ROADSTEAD_FARGATE_IDLE_MS: wholeNumberField(1_000).default(10 * 60_000),
  ...vpcRangeFields,
});

export type ProvisionerConfig = z.infer<typeof configSchema>;
