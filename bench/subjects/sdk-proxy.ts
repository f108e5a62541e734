import type { Subject } from '../subject.ts';
import { startWorker } from '../worker.ts';

/** The official SDK's server calling the official SDK's client: the proxy everybody would write. */
export const sdkProxy: Subject = {
  name: 'sdk-proxy',
  leftOut: () => undefined,
  async start({ upstream, core, nodeFlags }) {
    const address = JSON.stringify(upstream);
    const options = { core, nodeFlags, arguments: [address] };
    const worker = await startWorker('subjects/sdk-proxy-server.ts', options);
    const url = `http://127.0.0.1:${worker.port}/mcp`;
    return { url, headers: {}, pid: worker.pid, stop: () => worker.stop() };
  },
};
