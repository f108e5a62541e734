import { fieldProblem } from './problem.ts';

/** The header that names the version of what is answered (RFC 9110, section 8.8.3). */
export function entityTag({ version }: { readonly version: number }): Record<string, string> {
  return { ETag: `"${version}"` };
}

/**
 * The version that `If-Match` (RFC 9110, section 13.1.1) makes a condition of the change, or
 * undefined for none. Throws `invalid_params` for anything but one ETag of ours or `*`.
 */
export function wantedVersion(headers: Headers): number | undefined {
  const given = headers.get('if-match')?.trim();
  if (given === undefined || given === '*') return undefined;
  const version = /^"([1-9]\d{0,14})"$/.exec(given)?.[1];
  if (version === undefined) {
    const fix = 'Give the ETag of the answer that was read, or leave the header out.';
    throw fieldProblem([{ field: 'If-Match', problem: 'is not one ETag of this', fix }]);
  }
  return Number(version);
}
