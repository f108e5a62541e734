import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildContext } from './build-context.ts';
import { execWords, parseDockerfile } from './parse-dockerfile.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('the Dockerfile', () => {
  const stages = parseDockerfile(read('Dockerfile'));
  const last = stages.at(-1);
  const textOf = (keyword: string): string | undefined =>
    last?.instructions.find((each) => each.keyword === keyword)?.text;

  test('builds on the Node that the project is tested with', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as {
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    assert.ok(stages.length >= 2, `only ${stages.length} stages`);
    for (const { base } of stages) {
      assert.equal(base, `node:${devDependencies['node']}-bookworm-slim`);
    }
  });

  test('runs as a user without rights, writes one folder only, and is asked for its health', () => {
    assert.equal(textOf('USER'), '1000:1000');
    assert.equal(textOf('VOLUME'), '/data');
    assert.deepEqual(execWords(textOf('CMD') ?? ''), ['node', 'dist/main.js', 'serve']);
    const probe = textOf('HEALTHCHECK')?.replace(/^CMD /, '') ?? '';
    assert.match(execWords(probe).join(' '), /^node -e fetch.*\/health\/ready/);
    // Nothing is run in the last stage: it only takes what was built.
    assert.equal(textOf('RUN'), undefined);
  });

  test('copies nothing that the context leaves out, and the context nothing of a checkout', () => {
    const { ignores } = buildContext(ROOT);
    const copied = stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ keyword, options }) => keyword === 'COPY' && options['from'] === undefined)
      .flatMap(({ text }) => text.split(' ').slice(0, -1));
    assert.ok(copied.length >= 8, `only ${copied.length} things are copied`);
    assert.deepEqual(copied.filter(ignores), []);
    for (const path of ['.git/config', 'node_modules/zod/index.js', '.mcp-gateway/gateway.db']) {
      assert.ok(ignores(path), path);
    }
    assert.ok(ignores('src/cli/run.test.ts'));
    assert.ok(!ignores('src/cli/run.ts'));
  });

  test('is read line by line', () => {
    const [stage] = parseDockerfile(
      '# said\nFROM a AS b\n\nENV A=1 \\\n  B=2\nCOPY --from=b x y\n',
    );
    assert.deepEqual(stage, {
      base: 'a',
      name: 'b',
      instructions: [
        { keyword: 'ENV', options: {}, text: 'A=1   B=2', line: 4 },
        { keyword: 'COPY', options: { from: 'b' }, text: 'x y', line: 6 },
      ],
    });
    assert.throws(() => parseDockerfile('RUN x'), /before any FROM/);
    assert.throws(() => parseDockerfile('FROM a\nRUN x \\'), /goes on/);
    assert.throws(() => execWords('node x'), /not a list of words/);
  });
});
