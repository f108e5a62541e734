#!/usr/bin/env node
import { nodeProblem } from './cli/node-problem.ts';

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  // Loaded only now, because an older Node stops at syntax that it does not know.
  const [{ run }, { processTerminal }] = await Promise.all([
    import('./cli/run.ts'),
    import('./cli/process-terminal.ts'),
  ]);
  process.exitCode = await run(process.argv.slice(2), processTerminal());
} else {
  process.stderr.write(`mcp-gateway: ${problem}.\n`);
  process.exitCode = 1;
}
