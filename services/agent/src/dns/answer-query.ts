/** Decides what a DNS question is answered from the names we know; the resolver calls it, and asks others about the rest. */
import { AUTHORITATIVE_ANSWER, type DecodedPacket, decode, encode, RECURSION_AVAILABLE } from "dns-packet";

/** Addresses by name, in lower case and without the last dot. */
export type Names = ReadonlyMap<string, readonly string[]>;

/** As AWS answers for load balancers. */
const TTL_SECONDS = 60;
const SERVER_FAILURE = 2;

/** Null when the question is about nothing of ours, or cannot be read. */
export function answerQuery(packet: Uint8Array, names: Names): Buffer | null {
  const query = read(packet);
  const [question, ...others] = query?.questions ?? [];
  if (!query || !question || others.length > 0) return null;
  const addresses = names.get(question.name.toLowerCase().replace(/\.$/, ""));
  if (!addresses) return null;
  // A name of ours has no records of other types, IPv6 addresses among them: that is an answer too.
  const asksForAddresses = ["A", "ANY"].includes(question.type);
  return encode({
    id: query.id ?? 0,
    type: "response",
    flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | ((query.flags ?? 0) & RECURSION_DESIRED),
    questions: [question],
    answers: asksForAddresses
      ? addresses.map((data) => ({
          type: "A" as const,
          class: "IN" as const,
          name: question.name,
          ttl: TTL_SECONDS,
          data,
        }))
      : [],
  });
}

/** Says that nobody who would know could be asked. Null for what is no question. */
export function failureFor(packet: Uint8Array): Buffer | null {
  const query = read(packet);
  if (!query) return null;
  return encode({
    id: query.id ?? 0,
    type: "response",
    flags: RECURSION_AVAILABLE | ((query.flags ?? 0) & RECURSION_DESIRED) | SERVER_FAILURE,
    questions: query.questions ?? [],
  });
}

const RECURSION_DESIRED = 0x01_00;

function read(packet: Uint8Array): DecodedPacket | null {
  try {
    const query = decode(Buffer.from(packet));
    return query.type === "query" ? query : null;
  } catch {
    return null;
  }
}
