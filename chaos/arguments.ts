/** Reads what command lines say; both programs call this. */

export function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0`);
  return value;
}

export const listOf = (text: string): readonly string[] => text.split(",").filter((item) => item !== "");
