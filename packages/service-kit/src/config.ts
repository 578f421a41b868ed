/** Turns the environment into one typed value, or into a list of everything that is wrong with it; each `main.ts` calls it. */
import { z } from "zod";
import { LOG_LEVELS } from "./log.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every problem at once, so that an operator fixes them in one go. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`invalid configuration:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** Parses the environment; an empty variable counts as unset. Throws `ConfigError`, which `runService` turns into exit 2. */
export function parseConfig<Schema extends z.ZodType>(schema: Schema, env: Environment): z.output<Schema> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => `${issue.path.join(".") || "environment"}: ${issue.message}`),
  );
}

const PORT_MAX = 65_535;

/** A TCP port; 0 lets the kernel choose. */
export const portField = () => z.coerce.number().int().min(0).max(PORT_MAX);

/** A whole number of milliseconds (or any other unit) from `min` up. */
export const wholeNumberField = (min = 0) => z.coerce.number().int().min(min);

/** `true/1/yes` or `false/0/no`. */
export const flagField = () =>
  z.enum(["true", "1", "yes", "false", "0", "no"]).transform((value) => ["true", "1", "yes"].includes(value));

/** Values separated by commas; at least one. */
export const listField = () =>
  z
    .string()
    .transform((value) =>
      value
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    )
    .refine((items) => items.length > 0, "must name at least one value");

/** What every process understands besides its own configuration. Without an operations port none is opened. */
export const processConfigSchema = z.object({
  ROADSTEAD_OPS_PORT: portField().optional(),
  ROADSTEAD_LISTEN_HOST: z.string().default("127.0.0.1"),
  ROADSTEAD_LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
});
