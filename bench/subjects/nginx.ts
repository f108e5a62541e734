import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findExecutable, pinnedCommand } from '../pinning.ts';
import { whyNotUntranslated } from '../scenario.ts';
import type { Subject } from '../subject.ts';
import { stopProcess } from '../worker.ts';

const READY_ATTEMPTS = 100;
const READY_INTERVAL_MS = 50;

/** nginx as a reverse proxy with one worker and kept-open upstream connections. */
export const nginx: Subject = {
  name: 'nginx',
  leftOut(scenario) {
    if (findExecutable('nginx') === undefined) return 'nginx not installed';
    return whyNotUntranslated(scenario);
  },
  async start({ upstream, core, directory }) {
    const port = await freePort();
    const { host, pathname } = new URL(upstream.url);
    const file = join(directory, 'nginx.conf');
    await writeFile(file, configuration(port, host, directory));
    const executable = findExecutable('nginx') ?? 'nginx';
    const flags = ['-e', join(directory, 'error.log'), '-p', directory, '-c', file];
    const [command, ...rest] = pinnedCommand(core, [executable, ...flags]);
    const child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
    const stop = (): Promise<void> => stopProcess(child);
    for (let attempt = 0; !(await accepts(port)); attempt += 1) {
      if (child.exitCode !== null || attempt === READY_ATTEMPTS) {
        await stop();
        throw new Error('nginx did not start');
      }
      await sleep(READY_INTERVAL_MS);
    }
    return { url: `http://127.0.0.1:${port}${pathname}`, headers: {}, pid: child.pid, stop };
  },
};

// Few small buffers are the fastest here, because they stay in the core's cache; larger ones cost
// up to twice as much per large answer. Nothing touches the disk.
function configuration(port: number, upstream: string, directory: string): string {
  // Started by root, nginx would give its worker to a user who cannot enter the directory.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `${user}
daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log error;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  client_max_body_size 16m;
  client_body_buffer_size 64k;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  tcp_nodelay on;
  upstream echo {
    server ${upstream};
    keepalive 256;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location / {
      proxy_pass http://echo;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffer_size 16k;
      proxy_buffers 8 16k;
      proxy_max_temp_file_size 0;
      proxy_read_timeout 600s;
    }
  }
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
