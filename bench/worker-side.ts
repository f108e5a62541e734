import type { AddressInfo, Server } from 'node:net';

/** Listens on a free loopback port, tells the parent process which, and ends with the parent. */
export async function serveParent(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1024, resolve));
  const { port } = server.address() as AddressInfo;
  endWithParent();
  process.send?.({ ready: true, port });
}

/** Ends this process when the parent asks or goes away; an exit lets a profiler write its file. */
export function endWithParent(): void {
  process.once('SIGTERM', () => process.exit(0));
  process.once('disconnect', () => process.exit(0));
}

/** Answers each message of the parent with what `reply` returns or with why it failed. */
export function replyToParent(reply: (message: unknown) => Promise<unknown>): void {
  endWithParent();
  process.on('message', (message) => {
    reply(message).then(
      (value) => process.send?.({ value }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
  process.send?.({ ready: true, port: 0 });
}
