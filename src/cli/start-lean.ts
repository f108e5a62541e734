import { setFlagsFromString } from 'node:v8';

/** What V8 multiplies the young generation by when it grows. */
const GROWTH = 2;

/**
 * Keeps V8's young generation small until the returned function is called. Loading the program
 * makes it grow to its full size, which then stays: a gateway listened with 133 MB, and with 116
 * this way, as soon as before. Under load it grows as it needs to, and costs no more.
 */
export function startLean(): () => void {
  setFlagsFromString('--semi-space-growth-factor=1');
  return () => setFlagsFromString(`--semi-space-growth-factor=${GROWTH}`);
}
