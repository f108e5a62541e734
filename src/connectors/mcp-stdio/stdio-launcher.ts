import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { ChannelReceiver } from '../../mcp/client/peer-channel.ts';
import { RestartBackoff, type RestartPace } from '../../mcp/client/restart-backoff.ts';
import type { ConnectorContext } from '../../upstream/contract.ts';
import { childEnvironment } from './child-environment.ts';
import { findCommand } from './find-command.ts';
import { spawnChild } from './spawn-child.ts';
import { StdioChannel } from './stdio-channel.ts';
import type { StdioConfig } from './stdio-config.ts';
import type { StdioHost } from './stdio-host.ts';

const pace: RestartPace = {
  firstMs: limits.stdioRestartMsMin,
  lastMs: limits.stdioRestartMsMax,
  steadyMs: limits.stdioRestartMsMax,
};

/** Starts the children of one service and sees to it that all of them end. */
export class StdioLauncher {
  readonly #config: StdioConfig;
  readonly #context: ConnectorContext;
  readonly #host: StdioHost;
  readonly #backoff = new RestartBackoff(pace);
  readonly #channels = new Set<StdioChannel>();
  #closed = false;
  #isGuarded = false;

  constructor(config: StdioConfig, context: ConnectorContext, host: StdioHost) {
    this.#config = config;
    this.#context = context;
    this.#host = host;
  }

  /** Starts one child. Throws GatewayError `upstream_unavailable` when that cannot be done now. */
  async launch(receiver: ChannelReceiver): Promise<StdioChannel> {
    if (this.#closed) throw new GatewayError('shutting_down');
    this.#backoff.check();
    const leave = this.#host.enter();
    try {
      return await this.#launch(receiver, leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  async #launch(receiver: ChannelReceiver, leave: () => void): Promise<StdioChannel> {
    const { command, args, env, cwd } = this.#config;
    const { log } = this.#context;
    const secret = (name: string): Promise<string> => this.#context.secret(name);
    const environment = await childEnvironment(this.#host.environment, env, secret);
    const { setpriv } = await this.#host.prepare();
    await this.#guard();
    const base = cwd ?? this.#host.workingDirectory;
    const startedMs = Date.now();
    const channel = new StdioChannel(receiver, log);
    const ended = (text: string): void => {
      leave();
      this.#channels.delete(channel);
      if (channel.isAlive) {
        this.#backoff.failed(startedMs);
        log.warn({ reason: text, stderr: child?.stderr.slice(-500) }, 'a stdio service ended');
      }
      channel.ended(text);
    };
    const line = (bytes: Buffer): void => channel.line(bytes);
    let child: Awaited<ReturnType<typeof spawnChild>> | undefined;
    try {
      const file = await findCommand(command, environment['PATH'] ?? '', base);
      const plan = { file, args, environment, cwd: base, setpriv };
      child = await spawnChild(plan, { line, ended });
    } catch (error) {
      this.#backoff.failed(startedMs);
      throw error;
    }
    channel.attach(child);
    this.#channels.add(channel);
    log.info({ pid: child.pid ?? null, command }, 'started a stdio service');
    if (this.#closed) await channel.close();
    return channel;
  }

  /** Ends every child; starts no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#channels].map((channel) => channel.close()));
    if (this.#isGuarded) this.#host.guardian.release();
    this.#isGuarded = false;
  }

  async #guard(): Promise<void> {
    if (this.#isGuarded || this.#closed) return;
    this.#isGuarded = true;
    await this.#host.guardian.hold();
  }
}
