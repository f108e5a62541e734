import type { ScenarioResult } from './results.ts';

/** The quotient of two subjects' CPU time per request. */
export interface Ratio {
  readonly numerator: string;
  readonly denominator: string;
  readonly value: number;
}

/** What became of one gate. */
export interface Verdict {
  readonly gate: string;
  readonly outcome: 'met' | 'missed' | 'not judged';
  readonly ratio: number | undefined;
}

const REPORTED_PAIRS = [
  ['gateway', 'nginx'],
  ['sdk-proxy', 'gateway'],
  ['gateway', 'bytes-proxy'],
  ['bytes-proxy', 'nginx'],
  ['sdk-proxy', 'bytes-proxy'],
  ['gateway-strict', 'gateway'],
  ['gateway-jwt', 'gateway'],
  ['gateway-ruled', 'gateway'],
] as const;

/** Returns the reported ratios for which both subjects were measured. */
export function ratiosOf(result: ScenarioResult): readonly Ratio[] {
  return REPORTED_PAIRS.flatMap(([numerator, denominator]) => {
    const value = ratioOf(result, numerator, denominator);
    return value === undefined ? [] : [{ numerator, denominator, value }];
  });
}

/** Judges the scenario's gates; a gate with a subject that was left out is not judged. */
export function judge(result: ScenarioResult): readonly Verdict[] {
  return result.scenario.gates.map((gate) => {
    const ratio = ratioOf(result, gate.numerator, gate.denominator);
    const bounds = [
      ...(gate.atMost === undefined ? [] : [`at most ${gate.atMost}`]),
      ...(gate.atLeast === undefined ? [] : [`at least ${gate.atLeast}`]),
    ];
    const { name } = result.scenario;
    const text = `${name}: ${gate.numerator} / ${gate.denominator} ${bounds.join(' and ')}`;
    if (ratio === undefined) return { gate: text, outcome: 'not judged', ratio };
    const isMet = ratio <= (gate.atMost ?? Infinity) && ratio >= (gate.atLeast ?? 0);
    return { gate: text, outcome: isMet ? 'met' : 'missed', ratio };
  });
}

/** Tells whether the verdicts let a gated run pass: none missed, and at least one judged. */
export function passes(verdicts: readonly Verdict[]): boolean {
  const isJudged = verdicts.some(({ outcome }) => outcome !== 'not judged');
  return isJudged && verdicts.every(({ outcome }) => outcome !== 'missed');
}

function ratioOf(
  result: ScenarioResult,
  numerator: string,
  denominator: string,
): number | undefined {
  const cost = (name: string): number | undefined =>
    result.subjects.find((subject) => subject.name === name)?.calls?.cpuMicros;
  const above = cost(numerator);
  const below = cost(denominator);
  return above === undefined || below === undefined ? undefined : above / below;
}
