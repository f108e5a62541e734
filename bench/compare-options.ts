import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gatewayKinds, type GatewayKind } from './subjects/gateway.ts';

/** What the command line of a comparison asks for. */
export interface CompareOptions {
  /** Root of the checkout that stands for the state before. */
  readonly before: string;
  /** Root of the checkout that stands for the state after. */
  readonly after: string;
  /** How the gateway of each is started. */
  readonly beforeKind: GatewayKind;
  readonly afterKind: GatewayKind;
  readonly scenarios: readonly string[];
  readonly rounds: number;
  /** Windows of each checkout in a round. */
  readonly windows: number;
  readonly windowMs: number;
  /** Share of a scenario's warm-up requests that are really sent. */
  readonly warmupShare: number;
  /** The highest median CPU ratio that is let through; undefined lets everything through. */
  readonly bar: number | undefined;
  readonly isHelp: boolean;
}

/** Shown for `--help`. */
export const COMPARE_USAGE = `npm run bench:compare -- --before <checkout> [flags]
  --before <path>    the checkout to compare with
  --after <path>     the checkout that is compared; this one when left out
  --before-subject <name>, --after-subject <name>
                     one of ${gatewayKinds.join(', ')} (gateway);
                     of one checkout, too: --before . --after-subject gateway-ruled
  --rounds <n>       rounds, each with new processes (8)
  --windows <n>      measured windows of each checkout in a round (3)
  --scenario <name>  instead of modern-small and legacy-small; may be repeated
  --bar <ratio>      exit with code 1 when a median CPU ratio is above
  --quick            two short rounds of cold code, to see that it works
`;

const HERE = fileURLToPath(new URL('..', import.meta.url));
const FULL = { windowMs: 1000, warmupShare: 1 };
const QUICK = { windowMs: 300, warmupShare: 0.02 };

/** Reads the command line; an unknown flag is an error. */
export function parseCompareOptions(args: readonly string[]): CompareOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      before: { type: 'string' },
      after: { type: 'string', default: HERE },
      'before-subject': { type: 'string' },
      'after-subject': { type: 'string' },
      rounds: { type: 'string' },
      windows: { type: 'string' },
      scenario: { type: 'string', multiple: true, default: [] },
      bar: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { before, after, scenario, bar, quick, help } = values;
  if (before === undefined && !help) throw new Error('--before wants the path of a checkout');
  return {
    before: before ?? HERE,
    after,
    beforeKind: kindNamed(values['before-subject']),
    afterKind: kindNamed(values['after-subject']),
    scenarios: scenario.length === 0 ? ['modern-small', 'legacy-small'] : scenario,
    rounds: wholeNumber('--rounds', values.rounds ?? (quick ? '2' : '8')),
    windows: wholeNumber('--windows', values.windows ?? (quick ? '1' : '3')),
    ...(quick ? QUICK : FULL),
    bar: bar === undefined ? undefined : ratio(bar),
    isHelp: help,
  };
}

function kindNamed(name = 'gateway'): GatewayKind {
  const kind = gatewayKinds.find((one) => one === name);
  if (kind === undefined) throw new Error(`${name} is none of ${gatewayKinds.join(', ')}`);
  return kind;
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag} wants a whole number`);
  return value;
}

function ratio(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error('--bar wants a number such as 1.0');
  return value;
}
