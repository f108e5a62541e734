import { runExample } from '../support/run-example.ts';
import { startModernServer } from './start-modern-server.ts';

await runExample({ port: 8092, data: '' }, ({ port }) => startModernServer({ port }));
