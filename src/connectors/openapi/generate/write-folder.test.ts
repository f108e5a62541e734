import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { writeFolder } from './write-folder.ts';

const files = new Map([
  ['README.md', 'new'],
  ['src/main.ts', 'new'],
]);

describe('writing a project', () => {
  let parent = '';
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'write-folder-'));
  });
  after(() => rm(parent, { recursive: true }));

  const tree = async (folder: string): Promise<readonly string[]> =>
    (await readdir(join(parent, folder), { recursive: true })).toSorted();

  test('a new and an empty folder are filled', async () => {
    await mkdir(join(parent, 'empty'));
    for (const name of ['empty', 'deep/new']) {
      await writeFolder(join(parent, name), files, false);
      assert.deepEqual(await tree(name), ['README.md', 'src', 'src/main.ts']);
    }
  });

  test('a folder that holds something is left as it is, unless it is to be replaced', async () => {
    const folder = join(parent, 'held');
    await mkdir(join(folder, 'src'), { recursive: true });
    await writeFile(join(folder, 'src', 'old.ts'), 'old');
    await writeFile(join(folder, '.env'), 'mine');
    await assert.rejects(() => writeFolder(folder, files, false), /is not empty/);
    assert.deepEqual(await tree('held'), ['.env', 'src', 'src/old.ts']);
    await writeFolder(folder, files, true);
    assert.deepEqual(await tree('held'), ['.env', 'README.md', 'src', 'src/main.ts']);
    assert.equal(await readFile(join(folder, '.env'), 'utf8'), 'mine');
  });

  test('what fails on the way leaves nothing', async () => {
    await writeFile(join(parent, 'file'), 'x');
    await assert.rejects(() => writeFolder(join(parent, 'file'), files, true), /not a folder/);
    const broken = new Map([...files, ['README.md/inner', 'x']]);
    await mkdir(join(parent, 'kept'));
    await writeFile(join(parent, 'kept', 'a'), 'x');
    await assert.rejects(() => writeFolder(join(parent, 'kept'), broken, true));
    assert.deepEqual(await tree('kept'), ['a']);
    const left = (await readdir(parent)).filter((name) => /\.(?:new|old)$/.test(name));
    assert.deepEqual(left, []);
  });
});
