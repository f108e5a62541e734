import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lastLines, StartFailure } from '../../upstream/start-failure.ts';
import { createMcpStdioConnector } from './connector.ts';
import { testContext, testIo, toolCall } from '../../../test/support/mcp-stdio/harness.ts';

const failing = (script: string) => {
  const connector = createMcpStdioConnector({ PATH: '/bin' });
  const config = { command: process.execPath, args: ['-e', script] };
  return connector.open(connector.config.parse(config), testContext());
};

describe('a command that fails at start', () => {
  it('says what it wrote last to stderr, beside its message and not in it', async () => {
    await using upstream = await failing(
      "console.error('needs \\u001b[31mAPI_KEY\\u001b[0m\\n\\nbye'); process.exitCode = 3",
    );
    const error: unknown = await upstream
      .discover(new AbortController().signal)
      .catch((thrown: unknown) => thrown);
    assert.ok(error instanceof StartFailure, String(error));
    assert.equal(error.code, 'upstream_failed');
    assert.equal(error.message, 'The service ended with code 3.');
    assert.equal(error.output, 'needs API_KEY\nbye');
  });

  it('is silent about it when it wrote nothing', async () => {
    await using upstream = await failing('process.exitCode = 4');
    await assert.rejects(upstream.request(toolCall('echo'), testIo()), {
      code: 'upstream_failed',
      message: 'The service ended with code 4.',
    });
  });

  it('is shown with its last lines only, and no longer ones than can be read', () => {
    const written = Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\r\n');
    assert.equal(lastLines(written).split('\n').length, 8);
    assert.ok(lastLines(written).endsWith('line 29'));
    assert.equal(lastLines('x'.repeat(2_000)).length, 300);
    assert.equal(lastLines('\n \n'), '');
  });
});
