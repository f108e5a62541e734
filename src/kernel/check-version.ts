import { GatewayError } from './errors.ts';

/** Throws `conflict` when a change was made for another version than the stored one. */
export function checkVersion(stored: number, wanted: number | undefined): void {
  if (wanted === undefined || wanted === stored) return;
  throw new GatewayError(
    'conflict',
    `This is at version ${stored} now, and the change is for version ${wanted}: ` +
      'read it again, then repeat the change.',
  );
}
