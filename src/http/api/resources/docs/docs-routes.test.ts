import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { errorRegistry } from '../../../../kernel/errors.ts';
import { docsAssetNames } from '../../../docs/docs-asset.ts';

const plane = new ControlPlane();

/** Every address a page mentions, resolved against its own. */
function addresses(html: string, page: string): string[] {
  const found = html.matchAll(/(?:href|src|data-document)="([^"]+)"/g);
  return [...found].map(([, address]) => new URL(address ?? '', `http://gateway${page}`).href);
}

describe('the pages', () => {
  for (const path of ['/docs', '/docs/errors']) {
    test(`${path} loads only what is served here`, async () => {
      const came = await plane.send('GET', path);
      assert.equal(came.status, 200);
      assert.equal(came.headers.get('content-type'), 'text/html; charset=utf-8');
      const linked = addresses(came.text, path);
      assert.ok(linked.length >= 2);
      for (const address of linked) {
        const { origin, pathname } = new URL(address);
        assert.equal(origin, 'http://gateway');
        assert.equal((await plane.send('GET', pathname)).status, 200, pathname);
      }
    });

    test(`${path} has a strict policy and nothing inline`, async () => {
      const { headers, text } = await plane.send('GET', path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
      assert.doesNotMatch(policy, /unsafe|https?:|\*/);
      assert.doesNotMatch(text, /<script(?![^>]* src=)|<style| style=| on\w+=|javascript:/i);
    });
  }

  test('work under a path prefix too', async () => {
    const { text } = await plane.send('GET', '/docs');
    for (const address of addresses(text, '/prefix/docs')) {
      assert.match(address, /^http:\/\/gateway\/prefix\//);
    }
  });

  test('say what every error means', async () => {
    const { text } = await plane.send('GET', '/docs/errors');
    for (const code of Object.keys(errorRegistry)) assert.ok(text.includes(`<tr id="${code}">`));
    const problem = problemOf(await plane.send('GET', '/services'), 'unauthenticated');
    assert.equal(problem.type, '/docs/errors#unauthenticated');
  });
});

describe('the files of the pages', () => {
  test('come with their types, and those of the package as they are', async () => {
    const folder = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json');
    for (const name of docsAssetNames) {
      const response = await plane.api.fetch(new Request(`http://127.0.0.1/docs/assets/${name}`));
      assert.equal(response.status, 200, name);
      const type = response.headers.get('content-type') ?? '';
      assert.match(type, name.endsWith('.css') ? /^text\/css/ : /^(text\/javascript|image\/png)/);
      assert.equal(response.headers.get('cache-control'), 'public, max-age=3600');
      const bytes = Buffer.from(await response.arrayBuffer());
      if (name === 'start.js' || name === 'page.css') continue;
      assert.ok(bytes.equals(readFileSync(folder.replace('package.json', name))), name);
    }
  });

  test('are these and no others', async () => {
    for (const name of [
      'package.json',
      'index.html',
      '..%2fpackage.json',
      '%2e%2e',
      'x',
      'START.JS',
    ]) {
      problemOf(await plane.send('GET', `/docs/assets/${name}`), 'not_found');
    }
  });
});
