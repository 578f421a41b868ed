/**
 * Signs the URL of an object (AWS Signature Version 4, query form), so that its bytes need no hash of their own; the
 * connection signs with it for every part and every read, which is why it remembers the key of the day.
 */
import { createHash, createHmac } from "node:crypto";

export interface SignatureOptions {
  readonly endpoint: URL;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly validSeconds: number;
}

export type SignUrl = (
  method: string,
  key: string,
  query?: Readonly<Record<string, string>>,
  now?: Date,
) => string;

/** Keys and query values are made of characters that need escaping in the query alone. */
export function createSigner(options: SignatureOptions): SignUrl {
  const { endpoint, bucket, region, accessKey, secretKey, validSeconds } = options;
  let day = "";
  let dayKey: Buffer = Buffer.alloc(0);
  const keyOf = (date: string): Buffer => {
    if (date !== day) {
      const steps = [date, region, "s3", "aws4_request"];
      dayKey = steps.reduce<Buffer>((key, step) => hmac(key, step), Buffer.from(`AWS4${secretKey}`));
      day = date;
    }
    return dayKey;
  };
  return (method, key, query = {}, now = new Date()) => {
    const time = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
    const date = time.slice(0, "20000101".length);
    const scope = `${date}/${region}/s3/aws4_request`;
    const parameters = Object.entries({
      ...query,
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": `${accessKey}/${scope}`,
      "X-Amz-Date": time,
      "X-Amz-Expires": String(validSeconds),
      "X-Amz-SignedHeaders": "host",
    })
      .map(([name, value]) => `${name}=${escaped(value)}`)
      .sort()
      .join("&");
    const path = key === "" ? `/${bucket}` : `/${bucket}/${key}`;
    const canonical = `${method}\n${path}\n${parameters}\nhost:${endpoint.host}\n\nhost\nUNSIGNED-PAYLOAD`;
    const digest = createHash("sha256").update(canonical).digest("hex");
    const signature = hmac(keyOf(date), `AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`).toString("hex");
    return `${endpoint.origin}${path}?${parameters}&X-Amz-Signature=${signature}`;
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function escaped(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
