/** A database that holds one certificate authority and nothing else; this package's tests sign with it. */
import type { Db } from "@roadstead/db/connect";
import { parseMasterKeys } from "@roadstead/db/secrets";

export const masterKeys = parseMasterKeys("ab".repeat(32));

export function standInAuthorityDb(): Pick<Db, "query" | "write"> {
  let row: readonly unknown[] | null = null;
  const query = async <Row extends object>(text: string, values: readonly unknown[] = []) => {
    if (text.startsWith("INSERT")) row ??= values;
    if (text.startsWith("INSERT") || row === null) return [];
    const [certificatePem, sealedKey, sealedServerKey] = row;
    return [{ certificatePem, sealedKey, sealedServerKey } as Row];
  };
  return {
    query,
    write: (change) => change({ query, bell: () => undefined }),
  };
}
