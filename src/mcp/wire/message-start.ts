const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const SPACE = 0x20;

/**
 * A message without the byte order marks and blanks before it, which some programs write and a
 * reader may pass over (RFC 8259 §2, §8.1). Shares the memory.
 */
export function messageStart(bytes: Buffer): Buffer {
  let at = 0;
  for (;;) {
    const byte = bytes[at];
    if (byte === BYTE_ORDER_MARK[0] && bytes.subarray(at, at + 3).equals(BYTE_ORDER_MARK)) at += 3;
    else if (byte !== undefined && byte <= SPACE) at++;
    else return at === 0 ? bytes : bytes.subarray(at);
  }
}
