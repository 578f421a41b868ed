/** Renders credentials as shell exports and as an AWS profile; `env` and `account create` print them. Pure. */
import type { Settings } from "./settings.ts";

export interface ExportedKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

type Addresses = Pick<Settings, "apiUrl" | "regions" | "registryPort">;

/** One `export NAME=value` a line, for `eval "$(./roadstead env)"`. */
export const renderExports = (settings: Addresses, key: ExportedKey): string =>
  Object.entries(exportedVariables(settings, key))
    .map(([name, value]) => `export ${name}=${shellQuote(value)}\n`)
    .join("");

export function exportedVariables(settings: Addresses, key: ExportedKey): Readonly<Record<string, string>> {
  const region = settings.regions[0] ?? "us-east-1";
  return {
    AWS_ENDPOINT_URL: settings.apiUrl,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ROADSTEAD_REGISTRY: `127.0.0.1:${settings.registryPort}`,
  };
}

/** Plain words stay as they are; anything else is quoted so that a POSIX shell reads it back unchanged. */
export const shellQuote = (text: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** The two INI sections of a profile: `~/.aws/credentials` and `~/.aws/config` name them differently. */
export function profileSections(profile: string, settings: Addresses, key: ExportedKey) {
  return {
    credentials: {
      header: profile,
      lines: [`aws_access_key_id = ${key.accessKeyId}`, `aws_secret_access_key = ${key.secretAccessKey}`],
    },
    config: {
      header: profile === "default" ? profile : `profile ${profile}`,
      lines: [`region = ${settings.regions[0] ?? "us-east-1"}`, `endpoint_url = ${settings.apiUrl}`],
    },
  };
}

/** The INI text with that section replaced, or added at its end; all other text stays as it was. */
export function withSection(
  ini: string,
  section: { readonly header: string; readonly lines: readonly string[] },
): string {
  const block = [`[${section.header}]`, ...section.lines, ""];
  const lines = ini === "" ? [] : ini.replace(/\n$/, "").split("\n");
  const isHeader = (line: string) => /^\s*\[.*\]\s*$/.test(line);
  const start = lines.findIndex(
    (line) => isHeader(line) && line.trim().slice(1, -1).trim() === section.header,
  );
  if (start < 0)
    return [...lines, ...(lines.length > 0 && lines.at(-1) !== "" ? [""] : []), ...block].join("\n");
  const next = lines.findIndex((line, at) => at > start && isHeader(line));
  const after = next < 0 ? [] : lines.slice(next);
  return [...lines.slice(0, start), ...block, ...after, ...(after.length > 0 ? [""] : [])].join("\n");
}
