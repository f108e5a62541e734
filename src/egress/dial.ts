import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { AddressGuard } from './address-guard.ts';
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

/** Resolves through the system's resolver. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Opens a guarded socket: every address is judged before connecting and the socket's real peer
 * again afterwards. Throws GatewayError `egress_denied`, `upstream_unavailable` or
 * `upstream_timeout`.
 */
export async function dial(origin: Origin, guard: AddressGuard, resolve: Resolve): Promise<Socket> {
  return (await dialWith(origin, guard, resolve, undefined)).socket;
}

/**
 * Opens a guarded socket that reads into one buffer: nothing is allocated per read. TLS sockets
 * have buffers of their own and get no reader.
 */
export async function dialWith(
  origin: Origin,
  guard: AddressGuard,
  resolve: Resolve,
  spare: SpareBuffers | undefined,
): Promise<DialledSocket> {
  const addresses = await addressesOf(origin.host, resolve);
  const permitted = addresses.filter((one) => guard.permits(origin.host, origin.port, one));
  if (permitted.length === 0) throw denied(origin);
  let failure: unknown;
  for (const address of permitted) {
    try {
      const reader = spare === undefined || origin.secure ? undefined : new SocketReader(spare);
      const socket = await open(origin, address, reader);
      if (guard.permits(origin.host, origin.port, socket.remoteAddress ?? '')) {
        return { socket, reader };
      }
      socket.destroy();
      throw denied(origin);
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      failure = error;
    }
  }
  throw new GatewayError(
    'upstream_unavailable',
    `Cannot connect to ${origin.host}:${origin.port} (${failureText(failure)}).`,
    { cause: failure },
  );
}

async function addressesOf(host: string, resolve: Resolve): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return await resolve(host);
  } catch (cause) {
    throw new GatewayError('upstream_unavailable', `The host ${host} has no address.`, { cause });
  }
}

function open(origin: Origin, address: string, reader: SocketReader | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const target = { host: address, port: origin.port };
    const socket = origin.secure
      ? connectTls({
          ...target,
          ...(isIP(origin.host) === 0 ? { servername: origin.host } : {}),
          ALPNProtocols: ['http/1.1'],
          minVersion: 'TLSv1.2',
        })
      : connectTcp(reader === undefined ? target : { ...target, onread: reader.options });
    const timer = setTimeout(() => {
      socket.destroy();
      const text = `Connecting to ${origin.host}:${origin.port} took too long.`;
      reject(new GatewayError('upstream_timeout', text));
    }, limits.upstreamConnectMs);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once(origin.secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
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
