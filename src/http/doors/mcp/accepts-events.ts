import type { IncomingHttpHeaders } from 'node:http';

/** True when a client takes an event stream for its answer (RFC 9110, section 12.5.1). */
export function acceptsEvents({ accept }: IncomingHttpHeaders): boolean {
  if (accept === undefined) return true;
  // The usual spelling is found without taking the header apart.
  if (accept === 'application/json, text/event-stream') return true;
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.toLowerCase().split(';');
    const isRefused = parameters.some((one) => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(one));
    return !isRefused && ['text/event-stream', 'text/*', '*/*'].includes(type.trim());
  });
}
