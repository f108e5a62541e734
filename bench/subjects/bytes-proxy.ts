import { whyNotUntranslated } from '../scenario.ts';
import type { Subject } from '../subject.ts';
import { startWorker } from '../worker.ts';

/** The smallest node:http server with its own upstream client: the floor for this platform. */
export const bytesProxy: Subject = {
  name: 'bytes-proxy',
  leftOut: whyNotUntranslated,
  async start({ upstream, core, nodeFlags }) {
    const { port, pathname } = new URL(upstream.url);
    const options = { core, nodeFlags, arguments: [port] };
    const worker = await startWorker('subjects/bytes-proxy-server.ts', options);
    const url = `http://127.0.0.1:${worker.port}${pathname}`;
    return { url, headers: {}, pid: worker.pid, stop: () => worker.stop() };
  },
};
