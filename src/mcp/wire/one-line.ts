const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * JSON without raw line breaks, which would end a line-based message; in valid JSON they can only
 * stand where spaces can.
 */
export function oneLine(bytes: Buffer): Buffer {
  if (!bytes.includes(LINE_FEED) && !bytes.includes(CARRIAGE_RETURN)) return bytes;
  const copy = Buffer.from(bytes);
  for (let index = 0; index < copy.length; index++) {
    if (copy[index] === LINE_FEED || copy[index] === CARRIAGE_RETURN) copy[index] = 0x20;
  }
  return copy;
}
