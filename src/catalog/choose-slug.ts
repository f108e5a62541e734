import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { slugSkeleton } from './pins/confusable-names.ts';
import { isSlug } from './public-names.ts';

/**
 * The slug that was asked for. Throws `invalid_configuration` when it is none, `conflict` when it
 * is taken or easily taken for one that is.
 */
export function chosenSlug(slug: string, taken: ReadonlySet<string>): string {
  if (!isSlug(slug)) {
    const most = limits.slugLengthMax;
    throw invalidField('slug', `must be lower-case words with hyphens, at most ${most} characters`);
  }
  if (taken.has(slug)) {
    throw new GatewayError('conflict', `There is a service named ${slug} already.`);
  }
  const skeleton = slugSkeleton(slug);
  const other = [...taken].find((one) => slugSkeleton(one) === skeleton);
  if (other === undefined) return slug;
  throw new GatewayError('conflict', `The slug ${slug} looks like ${other}; choose another one.`);
}

/** The slug that is wanted, with a number when it is taken. */
export function freeSlug(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let number = 2; ; number++) {
    const suffix = `-${number}`;
    const slug = `${wanted.slice(0, limits.slugLengthMax - suffix.length)}${suffix}`;
    if (!taken.has(slug)) return slug;
  }
}

/** One wrong field of a registration. */
export function invalidField(field: string, problem: string): GatewayError {
  return new GatewayError('invalid_configuration', `${field} ${problem}.`, {
    data: { errors: [{ field, problem }] },
  });
}
