/** Writes what users said so that it can be nothing but a word of HAProxy's configuration; every renderer of this package uses it. */

const encoder = new TextEncoder();
const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

/** Characters that mean nothing to HAProxy's parser, to a regular expression or to a log format. */
const PLAIN = /^[A-Za-z0-9_/-]$/;
/** May stand in a URL as they are. */
const URL_PLAIN = /^[A-Za-z0-9/._~:@!$&*+,;=?#-]$/;

/** A word with nothing special in it: every other byte is an escape of the parser's own. NUL ends a string there and is left out. */
export const word = (text: string): string =>
  `"${[...encoder.encode(text)]
    .filter((byte) => byte !== 0)
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return PLAIN.test(character) ? character : `\\x${hex(byte)}`;
    })
    .join("")}"`;

/** A part of a regular expression that matches exactly this text. */
const regexLiteral = (text: string): string =>
  [...encoder.encode(text)]
    .filter((byte) => byte !== 0)
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return PLAIN.test(character) ? character : `\\x${hex(byte)}`;
    })
    .join("");

/** AWS's wildcards: `*` is any text, `?` one character; `any` is what a character may be. */
export const wildcardRegex = (pattern: string, any = "."): string =>
  pattern
    .split(/([*?])/)
    .map((part) => (part === "*" ? `${any}*` : part === "?" ? any : regexLiteral(part)))
    .join("");

/** Single quotes: nothing inside has a meaning to the parser. The text is ours or came through this module. */
export const verbatim = (text: string): string => {
  if (/['\n\r\0]/.test(text)) throw new TypeError("a quoted word may not hold quotes or line ends");
  return `'${text}'`;
};

/** A part of a URL inside a log format: what may not stand in a URL is percent-encoded, and percent signs are doubled. */
export const urlInLogFormat = (text: string): string =>
  [...encoder.encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (character === "%") return "%%";
      return URL_PLAIN.test(character) ? character : `%%${hex(byte).toUpperCase()}`;
    })
    .join("");

/** A path for a request line: control characters, spaces and what is not ASCII are percent-encoded. */
export const requestPath = (text: string): string =>
  [...encoder.encode(text.startsWith("/") ? text : `/${text}`)]
    .map((byte) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `%${hex(byte).toUpperCase()}`))
    .join("");

/** Ids and addresses come from our own tables; anything else in them is a defect and stops the rendering. */
export function plainName(text: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(text)) throw new TypeError("not a name for HAProxy");
  return text;
}

export function plainAddress(text: string): string {
  if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(text) && !/^[0-9a-fA-F:]{2,39}$/.test(text))
    throw new TypeError("not an address");
  return text;
}
