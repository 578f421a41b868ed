/** Tells a source that fails from a store that fails while one is written to the other; both drivers' appends use it. */

export interface SourceChunks {
  /** The source's chunks; ends, rather than throws, where the source fails. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Why the source failed; null while it has not. */
  failure(): { readonly cause: unknown } | null;
}

export function sourceChunks(source: AsyncIterable<Uint8Array>): SourceChunks {
  let failure: { readonly cause: unknown } | null = null;
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        if (chunk.byteLength > 0) yield chunk;
      }
    } catch (cause) {
      failure = { cause };
    }
  }
  return { chunks: read(), failure: () => failure };
}
