/** How IAM answers policy documents: percent-encoded as RFC 3986 says, which is stricter than encodeURIComponent. */
export const percentEncoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
