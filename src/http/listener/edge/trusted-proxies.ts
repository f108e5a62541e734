import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { isHost } from './check-form.ts';
import { noteClient, plainAddress, socketClient } from './client-of.ts';

/** Finds out who sent a request, notes it (`clientOf`), and drops the headers that claim it. */
export type ClientReader = (request: IncomingMessage) => void;

const FORWARDED = /^(?:x-forwarded-.*|forwarded|x-real-ip)$/;
const HOPS_MAX = 32;

/**
 * Makes the reader. Only a proxy of the list (addresses and CIDR blocks) may say in
 * `X-Forwarded-For`, `-Proto` and `-Host` who the client is and what it asked for; from everyone
 * else these headers are dropped unread.
 */
export function createClientReader(trustedProxies: readonly string[]): ClientReader {
  const isTrusted = trustedBy(trustedProxies);
  return (request) => {
    const atSocket = socketClient(request);
    const { headers } = request;
    if (isTrusted(atSocket.address)) {
      const protocol = only(headers['x-forwarded-proto']);
      const address = addressBehind(headers['x-forwarded-for'], atSocket.address, isTrusted);
      const isEncrypted = protocol === undefined ? atSocket.isEncrypted : protocol === 'https';
      noteClient(request, { address, isEncrypted });
      const host = only(headers['x-forwarded-host']);
      if (host !== undefined && isHost(host)) setHost(request, host);
    } else noteClient(request, atSocket);
    dropForwarded(request);
  };
}

/** True for the addresses of a list of addresses and CIDR blocks. */
export function trustedBy(list: readonly string[]): (address: string) => boolean {
  const blocks = new BlockList();
  for (const one of list) {
    const [address = '', prefix] = one.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) blocks.addAddress(address, family);
    else blocks.addSubnet(address, Number(prefix), family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && blocks.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
}

/**
 * The last address of `X-Forwarded-For` that no trusted proxy has: every proxy adds the one it
 * sees at the end, and what stands before the first untrusted one is anybody's word.
 */
function addressBehind(
  header: string | readonly string[] | undefined,
  proxy: string,
  isTrusted: (address: string) => boolean,
): string {
  const hops = String(header ?? '').split(',');
  let address = proxy;
  for (const hop of hops.slice(-HOPS_MAX).toReversed()) {
    const next = plainAddress(hop);
    if (isIP(next) === 0) return address;
    address = next;
    if (!isTrusted(address)) return address;
  }
  return address;
}

/** The value that the proxy nearest to us added. */
function only(header: string | readonly string[] | undefined): string | undefined {
  const value = String(header ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  return value === '' ? undefined : value;
}

function setHost({ headers, rawHeaders }: IncomingMessage, host: string): void {
  headers.host = host;
  const at = rawHeaders.findIndex(
    (text, index) => index % 2 === 0 && text.toLowerCase() === 'host',
  );
  rawHeaders[at + 1] = host;
}

function dropForwarded({ headers, rawHeaders }: IncomingMessage): void {
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (!FORWARDED.test(name)) continue;
    rawHeaders.splice(index, 2);
    delete headers[name];
  }
}
