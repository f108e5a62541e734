import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVICES = Number(process.argv[2] ?? 500);
const ROUNDS = 40;
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** An API with one operation, for every service. */
const document = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Bench', version: '1' },
  servers: [{ url: 'http://127.0.0.1:9/' }],
  paths: { '/pets': { get: { operationId: 'pets', responses: { 200: { description: 'ok' } } } } },
});

/** Registers many services and prints how long `GET /services` takes, whole and as a page. */
async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const web = createServer((_, response) => response.end(document));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const { port } = web.address() as AddressInfo;
  const flags = ['serve', '--port=0', '--allow-loopback', '--log-format=json'];
  const child = spawn(process.execPath, [main, ...flags], { cwd: folder });
  try {
    let apiKey = '';
    let address = '';
    for await (const line of createInterface({ input: child.stdout })) {
      const told = JSON.parse(line) as { event?: string; url?: string; apiKey?: string };
      apiKey = told.apiKey ?? apiKey;
      address = told.url ?? address;
      if (told.event === 'gateway.listening') break;
    }
    child.stdout.resume();
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    for (let made = 0; made < SERVICES; made++) {
      const config = { document: `http://127.0.0.1:${port}/openapi.json` };
      const body = JSON.stringify({ kind: 'openapi', slug: `s-${made}`, config });
      const url = `${address}/register-service`;
      const answer = await fetch(url, { method: 'POST', headers, body });
      if (answer.status !== 201) throw new Error(await answer.text());
      await answer.arrayBuffer();
    }
    for (const query of ['', '?limit=100']) {
      const taken: number[] = [];
      let bytes = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const startedMs = performance.now();
        const answer = await fetch(`${address}/services${query}`, { headers });
        bytes = (await answer.arrayBuffer()).byteLength;
        taken.push(performance.now() - startedMs);
      }
      const [median = 0] = taken.toSorted((a, b) => a - b).slice(ROUNDS / 2);
      const text = `${SERVICES} services, GET /services${query}: median ${median.toFixed(1)} ms`;
      process.stdout.write(`${text}, ${bytes} bytes\n`);
    }
  } finally {
    child.kill('SIGKILL');
    web.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await measure();
