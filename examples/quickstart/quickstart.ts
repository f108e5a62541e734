import { parseArgs } from 'node:util';
import { Children } from '../support/children.ts';
import { connectionGuide } from './connection-guide.ts';
import { runCalls } from './run-calls.ts';
import { startEverything } from './start-everything.ts';
import { registerServices } from './register-services.ts';
import { resultTable } from './result-table.ts';
import { showChat } from './show-chat.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8090' },
    'data-dir': { type: 'string', default: '.mcp-gateway/quickstart' },
    once: { type: 'boolean', default: false },
  },
});

/** Starts the gateway with four services, calls their tools as two clients, shows what happened. */
async function quickstart(): Promise<number> {
  const stopped = Promise.withResolvers<string>();
  const children = new Children((name) => stopped.reject(new Error(`${name} ended unexpectedly.`)));
  stopped.promise.catch(() => {});
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      signals += 1;
      stopped.resolve(signal);
      if (signals === 1) return;
      children.kill();
      process.exit(130);
    });
  }
  const interrupted = stopped.promise.then((signal) => Promise.reject(new Interrupted(signal)));
  interrupted.catch(() => {});
  let complete = false;
  try {
    const right = await Promise.race([demonstrate(children), interrupted]);
    complete = true;
    if (values.once) return right ? 0 : 1;
    console.log('\nEverything stays up until you press Ctrl-C.');
    await interrupted;
    return 0;
  } catch (error) {
    if (error instanceof Interrupted) return complete ? 0 : 130;
    console.error(`quickstart: ${(error as Error).message}`);
    return 1;
  } finally {
    await children.stop();
  }
}

/** Resolves to whether every call was right. */
async function demonstrate(children: Children): Promise<boolean> {
  const dataDir = values['data-dir'];
  console.log('Starting the gateway and two example servers ...');
  const gateway = await startEverything(children, { port: values.port, dataDir });
  console.log(`The gateway listens on ${gateway.url}; registering four services ...`);
  await registerServices(gateway);
  console.log('Calling their tools as a modern and as a legacy client ...\n');
  const results = await runCalls(gateway);
  console.log(resultTable(results.rows));
  const wrong = results.rows.filter((row) => row.problem !== undefined);
  for (const row of wrong) console.log(`WRONG: ${row.tool} (${row.clientEra}): ${row.problem}`);
  console.log(
    `${results.rows.length - wrong.length} of ${results.rows.length} calls right; first answered ` +
      `call ${Math.round(results.firstAnswerMs)} ms after the start.`,
  );
  const chat = await showChat(gateway);
  console.log(`\n${chat.text}`);
  if (chat.problem !== undefined) console.log(`WRONG: the chat: ${chat.problem}`);
  console.log(connectionGuide(gateway.url, gateway.apiKey));
  return wrong.length === 0 && chat.problem === undefined;
}

/** The user asked to stop. */
class Interrupted extends Error {}

process.exitCode = await quickstart();
