import { createHash } from 'node:crypto';
import { limits } from '../kernel/limits.ts';

const SEPARATOR = '__';
const HASH_DIGITS = 6;

/** The name on `/mcp` when it can be the plain one, or undefined when it must be shortened. */
export function plainPublicName(slug: string, name: string): string | undefined {
  const plain = `${slug}${SEPARATOR}${name}`;
  const fits = plain.length <= limits.toolNameLengthMax && /^[A-Za-z0-9_-]+$/.test(name);
  return fits ? plain : undefined;
}

/**
 * A public name every model provider takes: other characters become `_`, and a hash of the
 * original keeps it unique. `attempt` makes another one when a name is taken.
 */
export function hashedPublicName(slug: string, name: string, attempt = 0): string {
  const digest = createHash('sha256').update(`${slug}\n${name}\n${attempt}`).digest('hex');
  const suffix = `_${digest.slice(0, HASH_DIGITS)}`;
  const safe = `${slug}${SEPARATOR}${name.replace(/[^A-Za-z0-9_-]+/g, '_')}`;
  return `${safe.slice(0, limits.toolNameLengthMax - suffix.length)}${suffix}`;
}

/** A slug from any text: lower-case letters, digits and single hyphens; never empty. */
export function slugFrom(text: string): string {
  const slug = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, limits.slugLengthMax)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'service' : slug;
}

/** True for a usable slug. */
export function isSlug(text: string): boolean {
  return text.length <= limits.slugLengthMax && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text);
}
