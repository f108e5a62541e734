import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import type { LogFields } from '../../kernel/log.ts';
import { createLog } from './log.ts';

function capture(
  format: 'json' | 'pretty' | 'auto',
  level: 'debug' | 'warn' = 'debug',
  tty = false,
) {
  const lines: string[] = [];
  const output = { isTTY: tty, write: (text: string) => lines.push(text) };
  return { lines, log: createLog({ level, format }, output) };
}

describe('the log', () => {
  it('writes one JSON object a line with time, level, fields and message', () => {
    const { lines, log } = capture('json');
    log.info({ serviceId: 'svc_1', tools: 3 }, 'service ready');
    assert.equal(lines.length, 1);
    const { time, ...rest } = JSON.parse(lines[0] as string) as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual(rest, {
      level: 'info',
      serviceId: 'svc_1',
      tools: 3,
      message: 'service ready',
    });
  });

  it('drops what is not on the list and never writes an object out', () => {
    const { lines, log } = capture('json');
    const careless = { authorization: 'Bearer x', error: { secret: 'x' }, slug: 'a' };
    log.error(careless as unknown as LogFields, 'failed');
    assert.doesNotMatch(lines[0] as string, /Bearer|secret/);
    assert.match(lines[0] as string, /"slug":"a"/);
  });

  it('lets every field through that the gateway writes', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const files = globSync('**/*.ts', { cwd: root }).filter((path) => !path.endsWith('.test.ts'));
    const fields = files.flatMap((path) => loggedFields(readFileSync(`${root}/${path}`, 'utf8')));
    assert.ok(fields.length >= 10, `only ${fields.length} logged fields seen`);
    const { lines, log } = capture('json');
    log.info(Object.fromEntries(fields.map((field) => [field, 'x'])), 'all');
    const kept = Object.keys(JSON.parse(lines[0] as string) as object);
    assert.deepEqual(
      fields.filter((field) => !kept.includes(field)),
      [],
    );
  });

  it('keeps credentials in URLs out', () => {
    const { lines, log } = capture('json');
    log.warn({ url: 'https://me:hidden@api.example/v1?token=hidden' }, 'slow');
    log.warn({ error: 'GET http://h:1/a?key=hidden failed twice' }, 'failed');
    assert.doesNotMatch(lines.join(''), /hidden/);
    assert.match(lines[0] as string, /https:\/\/api\.example\/v1"/);
    assert.match(lines[1] as string, /"GET http:\/\/h:1\/a failed twice"/);
  });

  it('leaves out what is less severe than the level', () => {
    const { lines, log } = capture('json', 'warn');
    log.debug({}, 'a');
    log.info({}, 'b');
    log.warn({}, 'c');
    assert.equal(lines.length, 1);
  });

  it('is readable text when asked, and on a terminal', () => {
    const asked = capture('pretty');
    asked.log.info({ url: 'http://127.0.0.1:1', error: 'two words' }, 'listening');
    assert.match(
      asked.lines[0] as string,
      /^[\d:.]{12} info {2}listening url=http:\/\/127\.0\.0\.1:1 error="two words"\n$/,
    );
    const terminal = capture('auto', 'debug', true);
    terminal.log.warn({}, 'careful');
    assert.ok(terminal.lines[0]?.endsWith(' \u001b[33mwarn \u001b[0m careful\n'));
    const piped = capture('auto');
    piped.log.warn({}, 'careful');
    assert.match(piped.lines[0] as string, /^\{/);
  });

  it('writes one line without control characters whatever the text is', () => {
    const character = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1 }),
      fc.nat(0x9f).map((code) => String.fromCharCode(code)),
    );
    fc.assert(
      fc.property(fc.string({ unit: character }), (text) => {
        const json = capture('json');
        json.log.info({ name: text }, text);
        assert.equal(json.lines.length, 1);
        const line = json.lines[0] ?? '';
        assert.equal(line.indexOf('\n'), line.length - 1);
        const pretty = capture('pretty');
        pretty.log.info({ name: text }, text);
        assert.equal(pretty.lines.length, 1);
        assert.doesNotMatch(pretty.lines[0]?.slice(0, -1) ?? '', /\p{Cc}/u);
      }),
    );
  });
});

/** Names of the fields in literals that are given to a log. */
function loggedFields(source: string): readonly string[] {
  const calls = source.matchAll(/[lL]og\.(?:debug|info|warn|error)\(\s*\{([^{}]*)\}/g);
  return [...calls].flatMap(([, literal = '']) =>
    [...literal.matchAll(/(?:^|,)\s*(\w+)\s*(?=[:,]|$)/g)].map(([, name = '']) => name),
  );
}
