import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { Guardian } from './guardian.ts';
import { killOrphans } from './process-tag.ts';
import { findSetpriv } from './spawn-child.ts';

/** What children need of the machine they run on; found out once. */
export interface StdioHost {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Ends what is left of the children when the gateway is killed. */
  readonly guardian: Guardian;
  /** A place for one more child; returns what gives it back. Throws `too_many`. */
  enter(): () => void;
  /** Called before the first child starts; later calls return the same. */
  prepare(): Promise<{ readonly setpriv: string | undefined }>;
}

/** Describes this machine to the launchers of one gateway. */
export function stdioHost(
  environment: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
): StdioHost {
  let count = 0;
  let prepared: Promise<{ readonly setpriv: string | undefined }> | undefined;
  return {
    environment,
    workingDirectory,
    guardian: new Guardian(),
    enter: () => {
      if (count >= limits.childrenMax) {
        const text = `The gateway runs ${limits.childrenMax} children already; try again later.`;
        throw new GatewayError('too_many', text);
      }
      count++;
      let isIn = true;
      return () => {
        if (isIn) count--;
        isIn = false;
      };
    },
    prepare: () => {
      prepared ??= killOrphans().then(async () => ({ setpriv: await findSetpriv() }));
      return prepared;
    },
  };
}
