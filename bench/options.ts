import { parseArgs } from 'node:util';
import { FULL_DEPTH, QUICK_DEPTH } from './depth.ts';
import type { Depth } from './depth.ts';

/** What the command line asks for. */
export interface Options {
  readonly depth: Depth;
  readonly isGated: boolean;
  /** Empty means the default set. */
  readonly scenarios: readonly string[];
  /** Empty means all. */
  readonly subjects: readonly string[];
  /** Subject to profile instead of comparing. */
  readonly profile: string | undefined;
  /** Further flags of the gateway's `serve`. */
  readonly gatewayFlags: readonly string[];
  readonly isHelp: boolean;
}

/** Shown for `--help`. */
export const USAGE = `npm run bench -- [flags]
  --quick            a smoke run of some seconds; nothing is recorded
  --gate             exit with code 1 when a gate is missed
  --scenario <name>  only this scenario; may be repeated
  --subject <name>   only this subject; may be repeated; nothing is recorded
  --rounds <n>       measured windows per subject
  --gateway-set <key=value>  a setting of the gateway; may be repeated; nothing is recorded
  --profile <name>   profile this subject and print where its time goes
`;

/** Reads the command line; an unknown flag is an error. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      gate: { type: 'boolean', default: false },
      scenario: { type: 'string', multiple: true, default: [] },
      subject: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      'gateway-set': { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const depth = values.quick ? QUICK_DEPTH : FULL_DEPTH;
  const rounds = values.rounds === undefined ? depth.rounds : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds wants a whole number');
  return {
    depth: { ...depth, rounds },
    isGated: values.gate,
    scenarios: values.scenario,
    subjects: values.subject,
    profile: values.profile,
    gatewayFlags: values['gateway-set'].flatMap((setting) => ['--set', setting]),
    isHelp: values.help,
  };
}
