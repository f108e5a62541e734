import { parseArgs } from 'node:util';
import { isKept, type Finding } from './finding.ts';
import { billingScenarios } from './billing/scenarios.ts';
import { scenarios as gatewayScenarios } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    smoke: { type: 'boolean', default: false },
    billing: { type: 'boolean', default: false },
  },
});

const scenarios = values.billing ? billingScenarios : gatewayScenarios;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const figure = (value: number): string => String(Math.round(value * 10) / 10);

function line(name: string, finding: Finding): string {
  const { what, measured, bound, kind } = finding;
  const bounds = `${kind} ${figure(bound)}`;
  const verdict = isKept(finding) ? 'ok' : 'FAILED';
  const fields = [name.padEnd(20), what.padEnd(36), figure(measured).padStart(10)];
  return [...fields, bounds.padEnd(16), verdict].join(' | ');
}

const names = scenarios.map(({ name }) => name);
const unknown = (values.only ?? []).filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`--only is one of ${names.join(', ')}`);

let failures = 0;
for (const { name, run, missing } of scenarios) {
  if (values.only?.includes(name) === false) continue;
  if (missing !== undefined) {
    print(`${name.padEnd(20)} | left out: ${missing}`);
    continue;
  }
  try {
    const findings = await run(values.smoke ? 'smoke' : 'full');
    for (const finding of findings) print(line(name, finding));
    failures += findings.filter((finding) => !isKept(finding)).length;
  } catch (error) {
    print(`${name.padEnd(20)} | ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
    failures++;
  }
}
print(failures === 0 ? 'Every bound was kept.' : `${failures} failed.`);
process.exitCode = failures === 0 ? 0 : 1;
