/** Seals secrets at rest (AES-256-GCM under a master key); access keys and page tokens call this. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals and opens small texts. `context` is bound to the text: a value moved to another row does not open. */
export interface SecretBox {
  seal(plain: string, context: string): string;
  /** Null when the text was not sealed by a key we hold, for this context. */
  open(sealed: string, context: string): string | null;
}

export interface MasterKey {
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** The first key seals; every key opens, so that keys can be rotated. */
export function createSecretBox(keys: readonly MasterKey[], purpose: string): SecretBox {
  const [current] = keys;
  if (!current) throw new Error("at least one master key is needed");
  const derived = new Map(
    keys.map(({ id, key }) => {
      if (key.length !== 32) throw new Error(`master key ${id} must be 32 bytes, not ${key.length}`);
      return [id, Buffer.from(hkdfSync("sha256", key, "", `roadstead:${purpose}`, 32))];
    }),
  );
  return {
    seal(plain, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", derived.get(current.id) as Buffer, iv);
      cipher.setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return `${current.id}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url")}`;
    },
    open(sealed, context) {
      const dot = sealed.indexOf(".");
      const key = derived.get(sealed.slice(0, dot));
      const bytes = Buffer.from(sealed.slice(dot + 1), "base64url");
      if (!key || bytes.length < IV_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES));
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return (
          decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8")
        );
      } catch {
        return null; // GCM's only failure: forged, truncated or sealed for another context
      }
    },
  };
}

/** Reads a master key file's text: 64 hex digits, one key a line, the newest first. */
export function parseMasterKeys(text: string): readonly MasterKey[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const hex = line.trim();
    if (!/^[0-9a-f]{64}$/i.test(hex)) throw new Error("a master key is 64 hexadecimal digits");
    const key = Buffer.from(hex, "hex");
    return { id: Buffer.from(hkdfSync("sha256", key, "", "roadstead:key-id", 6)).toString("hex"), key };
  });
}
