import { Guardian } from './guardian.ts';
import { killOrphans } from './process-tag.ts';
import { findSetpriv } from './spawn-child.ts';

/** What children need of the machine they run on; found out once. */
export interface StdioHost {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Ends what is left of the children when the gateway is killed. */
  readonly guardian: Guardian;
  /** Called before the first child starts; later calls return the same. */
  prepare(): Promise<{ readonly setpriv: string | undefined }>;
}

/** Describes this machine to the launchers of one gateway. */
export function stdioHost(
  environment: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
): StdioHost {
  let prepared: Promise<{ readonly setpriv: string | undefined }> | undefined;
  return {
    environment,
    workingDirectory,
    guardian: new Guardian(),
    prepare: () => {
      prepared ??= killOrphans().then(async () => ({ setpriv: await findSetpriv() }));
      return prepared;
    },
  };
}
