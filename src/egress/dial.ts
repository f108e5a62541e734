import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { AddressGuard } from './address-guard.ts';
import { raceAddresses } from './race-addresses.ts';
import { SocketReader, type SpareBuffers } from './socket-reader.ts';

/** Where to connect to. */
export interface Origin {
  readonly secure: boolean;
  /** Without brackets around an IPv6 literal. */
  readonly host: string;
  readonly port: number;
}

/** Test seam: resolves a host name to its addresses. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** A guarded socket; with a reader it emits no data, the reader gets it. */
export interface DialledSocket {
  readonly socket: Socket;
  readonly reader: SocketReader | undefined;
}

/** One address that is being tried. */
interface Attempt extends DialledSocket {
  readonly connected: Promise<void>;
}

/** Resolves through the system's resolver. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Opens a guarded socket: every address is judged before connecting and the socket's real peer
 * again afterwards. Throws GatewayError `egress_denied`, `upstream_unavailable` or
 * `upstream_timeout`.
 */
export async function dial(
  origin: Origin,
  guard: AddressGuard,
  resolve: Resolve,
  connectMs?: number,
): Promise<Socket> {
  return (await dialWith(origin, guard, resolve, undefined, Infinity, connectMs)).socket;
}

/**
 * Opens a guarded socket that reads into one buffer: nothing is allocated per read. TLS sockets
 * have buffers of their own and get no reader. Several addresses are tried beside each other, the
 * next after 250 ms or when one has failed (RFC 8305 §5); all share the time there is.
 */
export async function dialWith(
  origin: Origin,
  guard: AddressGuard,
  resolve: Resolve,
  spare: SpareBuffers | undefined,
  deadlineMs = Infinity,
  connectMs: number = limits.upstreamConnectMs,
): Promise<DialledSocket> {
  const budgetMs = Math.max(0, Math.min(connectMs, deadlineMs - Date.now()));
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(tooLong(origin)), budgetMs);
  const attempts: Attempt[] = [];
  try {
    const addresses = await Promise.race([addressesOf(origin.host, resolve), over.promise]);
    const permitted = alternate(
      addresses.filter((one) => guard.permits(origin.host, origin.port, one)),
    );
    if (permitted.length === 0) throw denied(origin);
    const start = (address: string): Attempt => {
      const reader = spare === undefined || origin.secure ? undefined : new SocketReader(spare);
      const attempt = open(origin, address, reader);
      attempts.push(attempt);
      return attempt;
    };
    const won = await Promise.race([
      raceAddresses(permitted, start, (cause) => unreachable(origin, cause)),
      over.promise,
    ]);
    attempts.splice(attempts.indexOf(won), 1);
    if (guard.permits(origin.host, origin.port, won.socket.remoteAddress ?? '')) return won;
    won.socket.destroy();
    throw denied(origin);
  } finally {
    clearTimeout(timer);
    for (const attempt of attempts) attempt.socket.destroy();
    attempts.length = 0;
    over.promise.catch(() => {});
  }
}

/** The families by turns, the resolver's first choice first (RFC 8305 §4). */
function alternate(addresses: readonly string[]): readonly string[] {
  const first = addresses[0] === undefined ? 0 : isIP(addresses[0]);
  const own = addresses.filter((one) => isIP(one) === first);
  const other = addresses.filter((one) => isIP(one) !== first);
  return own
    .flatMap((one, index) => [one, ...other.slice(index, index + 1)])
    .concat(other.slice(own.length));
}

async function addressesOf(host: string, resolve: Resolve): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return await resolve(host);
  } catch (cause) {
    throw new GatewayError('upstream_unavailable', `The host ${host} has no address.`, { cause });
  }
}

function open(origin: Origin, address: string, reader: SocketReader | undefined): Attempt {
  const target = { host: address, port: origin.port };
  const socket = origin.secure
    ? connectTls({
        ...target,
        ...(isIP(origin.host) === 0 ? { servername: origin.host } : {}),
        ALPNProtocols: ['http/1.1'],
        minVersion: 'TLSv1.2',
      })
    : connectTcp(reader === undefined ? target : { ...target, onread: reader.options });
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once(origin.secure ? 'secureConnect' : 'connect', () => {
      socket.removeAllListeners('error');
      // Until its owner listens, or when another address was faster.
      socket.on('error', () => {});
      resolve();
    });
  });
  connected.catch(() => {});
  return { socket, reader, connected };
}

function unreachable({ host, port }: Origin, cause: unknown): GatewayError {
  const text = `Cannot connect to ${host}:${port} (${failureText(cause)}).`;
  return new GatewayError('upstream_unavailable', text, { cause });
}

function tooLong({ host, port }: Origin): GatewayError {
  const text = `Connecting to ${host}:${port} took too long (phase: connect).`;
  return new GatewayError('upstream_timeout', text);
}

function denied(origin: Origin): GatewayError {
  const text =
    `The gateway may not connect to ${origin.host}:${origin.port}: its address is not public. ` +
    'An operator can allow it with egress.allowHosts.';
  return new GatewayError('egress_denied', text);
}

function failureText(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : 'connection failed';
}
