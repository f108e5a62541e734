import { startApp } from '../../../src/app/start-app.ts';
import { stop } from '../../../src/app/stop.ts';
import { loadConfig } from '../../../src/app/config/config.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import { scriptedEngine, scriptedModels } from '../../support/scripted-engine.ts';

/**
 * A gateway whose chats a script answers, as a process of its own: the data folder and the database
 * come as arguments. It says on stdout where it listens, and its first administrator.
 */
const [directory = '', databaseUrl = ''] = process.argv.slice(2);
const setting = (key: string, text: string) => ({ key, text, flag: `--set ${key}` });
const shared = [setting('database.url', databaseUrl), setting('keys', 'database')];
const { config } = loadConfig({
  flags: [
    setting('data.directory', directory),
    setting('egress.allowLoopback', 'true'),
    ...(databaseUrl === '' ? [] : shared),
  ],
  environment: {},
  folder: directory,
});
const tell = (said: object): void => void process.stdout.write(`${JSON.stringify(said)}\n`);
const chatParts = () => Promise.resolve({ engine: scriptedEngine, models: scriptedModels });
const { app } = await startApp(config, silentLog, (admin) => tell({ apiKey: admin.apiKey }), {
  chatParts,
});
tell({ url: await app.server.listen('127.0.0.1', 0) });
process.stdin.resume().on('end', () => process.exit());
process.on('SIGTERM', () => void stop(app).then(() => process.exit()));
