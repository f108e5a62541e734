import { evaluateLive } from './evaluate-live.ts';

process.exitCode = await evaluateLive(
  process.env,
  (line) => void process.stdout.write(`${line}\n`),
);
