import ipaddr from 'ipaddr.js';
import type { Verdict } from './verdict.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Tells whether the host of a URL is one of these names; `*.example.com` stands for all names below
 * it. Undefined for what is no URL. Undefined for a list with something that is no host name.
 */
export function hostTest(values: readonly string[]): ((text: string) => Verdict) | undefined {
  const names = values.map((value) => value.toLowerCase().replace(/\.$/, ''));
  if (!names.every((name) => /^(\*\.)?[a-z0-9._-]+$/.test(name) || ipaddr.isValid(name))) {
    return undefined;
  }
  return (text) => {
    const host = hostOf(text);
    if (host === undefined) return undefined;
    return names.some((name) =>
      name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name,
    );
  };
}

/**
 * Tells whether an address, or the one that is the host of a URL, is in one of these blocks.
 * Undefined for a host that is a name: where it leads is not known here. Undefined for a list with
 * something that is no block.
 */
export function cidrTest(values: readonly string[]): ((text: string) => Verdict) | undefined {
  if (!values.every((value) => ipaddr.isValidCIDR(value))) return undefined;
  const blocks = values.map((value) => ipaddr.parseCIDR(value));
  return (text) => {
    const address = addressOf(text) ?? addressOf(hostOf(text) ?? '');
    if (address === undefined) return undefined;
    return blocks.some(
      ([base, bits]) => base.kind() === address.kind() && address.match([base, bits] as never),
    );
  };
}

/** Only whole addresses: a form with parts left out is read in more than one way. */
function addressOf(text: string): Address | undefined {
  const isWhole = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  return isWhole ? ipaddr.process(text) : undefined;
}

/** The host of a URL as a client would connect to it, or undefined. */
function hostOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const host = new URL(text).hostname.toLowerCase().replace(/\.$/, '');
  if (host === '') return undefined;
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
