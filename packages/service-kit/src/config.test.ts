import { expect, test } from "vitest";
import { z } from "zod";
import {
  ConfigError,
  flagField,
  listField,
  parseConfig,
  portField,
  processConfigSchema,
  wholeNumberField,
} from "./config.ts";

const schema = z.object({
  PORT: portField().default(4700),
  LIMIT: wholeNumberField(1),
  ON: flagField().default(false),
  REGIONS: listField().default(["us-east-1"]),
});

test("the environment becomes typed values, and variables nobody asked for are ignored", () => {
  const env = { PORT: "80", LIMIT: "3", ON: "yes", REGIONS: "eu-west-1, us-east-1,", HOME: "/root" };
  expect(parseConfig(schema, env)).toEqual({
    PORT: 80,
    LIMIT: 3,
    ON: true,
    REGIONS: ["eu-west-1", "us-east-1"],
  });
});

test("an empty variable counts as unset", () => {
  expect(parseConfig(schema, { PORT: "", LIMIT: "1", ON: undefined })).toEqual({
    PORT: 4700,
    LIMIT: 1,
    ON: false,
    REGIONS: ["us-east-1"],
  });
});

test("everything that is wrong is said at once, by variable", () => {
  let error: unknown;
  try {
    parseConfig(schema, { PORT: "70000", ON: "maybe", REGIONS: " , " });
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(ConfigError);
  const { problems, message } = error as ConfigError;
  expect(problems.map((problem) => problem.split(":")[0])).toEqual(["PORT", "LIMIT", "ON", "REGIONS"]);
  for (const problem of problems) expect(message).toContain(problem);
});

test("a process needs no configuration of its own and opens no operations port unasked", () => {
  expect(parseConfig(processConfigSchema, {})).toEqual({
    ROADSTEAD_LISTEN_HOST: "127.0.0.1",
    ROADSTEAD_LOG_LEVEL: "info",
  });
});
