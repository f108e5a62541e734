import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  startChatGateway,
  type ChatGateway,
} from '../../../test/chat/support/start-chat-gateway.ts';
import { until } from '../../../test/support/until.ts';
import { runChat } from './chat.ts';
import { shownText } from './shown-text.ts';

const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));
const CTRL_C = '\u0003';
const SCRIPT = '/usr/bin/script';

describe('the chat in a terminal', () => {
  let gateway: ChatGateway;
  let folder = '';
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-terminal-'));
    gateway = await startChatGateway(folder);
  });
  after(async () => {
    await gateway?.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const flags = () => ({ url: gateway.url, key: gateway.apiKey });

  /** A person at a terminal. */
  function sit() {
    const [input, output] = [new PassThrough(), new PassThrough()];
    let seen = '';
    output.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    const terminal = { out: () => {}, error: () => {} };
    const done = runChat(
      { words: [], flags: flags(), terminal },
      { input, output, isTerminal: true },
    );
    let from = 0;
    const ended = /\[(ended: \w+; )?\d steps?; .*\n[^]*> /;
    return {
      ended,
      done,
      type: (text: string) => void input.write(text),
      /** Waits for it, behind what was waited for before. */
      sees: async (wanted: RegExp): Promise<string> => {
        let found: RegExpExecArray | null = null;
        await until(() => (found = wanted.exec(seen.slice(from))) !== null, `${wanted} in ${seen}`);
        const [text, at] = [String(found?.[0]), Number((found as { index: number } | null)?.index)];
        from += at + text.length;
        return text;
      },
    };
  }

  it('shows what comes as it comes, and what it took', async () => {
    const { type, sees, done, ended } = sit();
    await sees(/\/help lists/);
    type('say one two\r');
    await sees(/one two\n\[1 step; 10 tokens in, 5 out; 0\.0015 EUR\][^]*> /);
    type('count\r');
    await sees(/3 messages/);
    await sees(ended);
    type('/new\r');
    await sees(/begins a conversation/);
    type('count\r');
    await sees(/1 messages/);
    await sees(ended);
    type('/list\r');
    await sees(/1 {2}20\d\d-.*count[^]*2 {2}20\d\d-.*say one two/);
    type('/open 2\r');
    await sees(/say one two\n3 messages/);
    type('count\r');
    await sees(/5 messages/);
    await sees(ended);
    type('/nonsense\r');
    await sees(/\/quit {2}/);
    type('/quit\r');
    assert.equal(await done, 0);
  });

  it('asks for approvals with the arguments, and for what a service wants to know', async () => {
    const { type, sees, done, ended } = sit();
    type('ask\r');
    await sees(/→ orders__cancel \{/);
    await sees(/May it call orders__cancel \{.*\}\? yes, no, always: /);
    type('perhaps\r');
    await sees(/yes, no, always: /);
    type('yes\r');
    await sees(/← orders__cancel \d+ ms/);
    await sees(ended);
    type('question\r');
    await sees(/asks: .*\n.*Answer it\? yes, no: /);
    type('no\r');
    await sees(ended);
    type('/quit\r');
    assert.equal(await done, 0);
  });

  it('stops the run on Ctrl-C and not the program', async () => {
    const { type, sees, done, ended } = sit();
    type('hang\r');
    await sees(/Waiting/);
    type('hello\r');
    await sees(/A run works/);
    type(CTRL_C);
    await sees(ended);
    type(CTRL_C);
    await sees(/\/quit leaves the chat/);
    type('say still here\r');
    await sees(/still here\n/);
    await sees(ended);
    type('hang\r');
    await sees(/Waiting/);
    type('/stop\r');
    assert.match(await sees(ended), /ended: stopped/);
    type('/quit\r');
    assert.equal(await done, 0);
  });

  it('takes one question through a pipe; its answer alone is on stdout', async () => {
    const ask = async (question: string, ...words: readonly string[]) => {
      const input = new PassThrough();
      input.end(question);
      let [out, error] = ['', ''];
      const terminal = {
        out: (text: string) => void (out += text),
        error: (text: string) => void (error += text),
      };
      const streams = { input, output: new PassThrough(), isTerminal: false };
      const code = await runChat({ words, flags: flags(), terminal }, streams);
      return { code, out, error };
    };
    assert.deepEqual(await ask('say one two\n'), {
      code: 0,
      out: 'one two\n',
      error: '[1 step; 10 tokens in, 5 out; 0.0015 EUR]\n',
    });
    assert.equal((await ask('', 'say', 'three')).out, 'three\n');
    const asked = await ask('ask');
    assert.match(asked.error, /no: nobody can be asked here/);
    assert.match(asked.error, /← denied: orders__cancel/);
    const failed = await ask('fail');
    assert.equal(failed.code, 1);
    assert.match(failed.error, /^! /m);
    await assert.rejects(ask('  '), /Give a question/);
  });

  const skip = existsSync(SCRIPT) ? false : 'there is no script(1) to make a pseudo-terminal';
  it('works at a real pseudo-terminal', { skip }, async () => {
    const command = `${process.execPath} --disable-warning=ExperimentalWarning ${MAIN} chat`;
    const env = {
      ...process.env,
      MCP_GATEWAY_URL: gateway.url,
      MCP_GATEWAY_KEY: gateway.apiKey,
      TERM: 'xterm',
    };
    const child = spawn(SCRIPT, ['-qefc', command, '/dev/null'], { env, stdio: 'pipe' });
    let seen = '';
    child.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    const sees = async (wanted: RegExp) => await until(() => wanted.test(seen), `${wanted}`);
    const exited = new Promise((resolve) => child.on('exit', resolve));
    await sees(/> /);
    child.stdin.write('hang\r');
    await sees(/Waiting/);
    child.stdin.write(CTRL_C);
    await sees(/ended: stopped/);
    child.stdin.write('say alive\r');
    await sees(/alive\r?\n\[1 step/);
    child.stdin.write('/quit\r');
    assert.equal(await exited, 0);
  });

  it('shows no control characters of models and services', () => {
    assert.equal(shownText('a\u001b]0;x\u0007b\r\u009b31m\u202ec\n\td'), 'a]0;xb31mc\n\td');
  });
});
