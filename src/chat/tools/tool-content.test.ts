import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryArtifactStore } from '../../../test/support/memory-artifact-store.ts';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { OwnTool, ToolAsk } from './offered-tools.ts';
import { readResultTool } from './read-result.ts';
import { toolContent } from './tool-content.ts';

const principal = testPrincipal();
const place = { tenant: principal.tenant, conversationId: 'cnv_1' };
const png = Buffer.from('an image, as good as any').toString('base64');
const long = Buffer.alloc(limits.chatEncodedCharactersMin, 7).toString('base64');

async function contentOf(result: JsonObject) {
  const artifacts = memoryArtifactStore();
  const content = await toolContent(result, 't1', (file) => artifacts.put(place, file));
  const text = content.flatMap((part) => (part.type === 'text' ? part.text : [])).join('|');
  return { content, text, kept: artifacts.kept, artifacts };
}

const text = (words: string): Json => ({ type: 'text', text: words });

describe('what a model is shown of a result', () => {
  it('has texts as they are and bytes as files', async () => {
    const { content, kept } = await contentOf({
      content: [
        text('one'),
        { type: 'image', data: png, mimeType: 'image/png' },
        { type: 'audio', data: png, mimeType: 'audio/wav' },
        {
          type: 'resource',
          resource: { uri: 'x://a/b.pdf', mimeType: 'application/pdf', blob: png },
        },
        { type: 'resource', resource: { uri: 'x://a/c.txt', text: 'two' } },
        { type: 'resource_link', uri: 'x://d', name: 'D', mimeType: 'text/html' },
        { type: 'hologram', data: 'zzz' },
      ],
    });
    assert.deepEqual(content, [
      text(
        'one\n[resource x://a/c.txt]\ntwo\n[resource "D" at x://d, text/html]\n' +
          '[content of the type "hologram" left out]',
      ),
      { type: 'file', mediaType: 'image/png', artifactId: 'art_1' },
      { type: 'file', mediaType: 'audio/wav', artifactId: 'art_2' },
      { type: 'file', mediaType: 'application/pdf', artifactId: 'art_3', name: 'b.pdf' },
    ]);
    assert.equal(Buffer.from(kept[0]?.bytes ?? []).toString('base64'), png);
  });

  it('has structured content once, and no bytes of it as text', async () => {
    const uri = `data:image/png;base64,${png}`;
    const structured = { a: 1, image: png, other: uri, deep: [{ raw: long }], short: 'QUJD' };
    const said = await contentOf({
      content: [{ type: 'image', data: png, mimeType: 'image/png' }],
      structuredContent: structured,
    });
    assert.ok(!said.text.includes(png) && !said.text.includes(long));
    assert.match(said.text, /"image":"\[given as a file\]"/);
    assert.match(said.text, /"short":"QUJD"/);
    const twice = await contentOf({
      content: [text(JSON.stringify({ a: 1, b: [2] }, null, 2))],
      structuredContent: { a: 1, b: [2] },
    });
    assert.equal(twice.text.match(/"a"/g)?.length, 1);
    const inText = await contentOf({ content: [text(JSON.stringify({ raw: long, x: 1 }))] });
    assert.ok(!inText.text.includes(long));
    assert.match(inText.text, /"x":1/);
    const whole = await contentOf({ content: [text(uri)] });
    assert.deepEqual(whole.content, [
      { type: 'file', mediaType: 'image/png', artifactId: 'art_1' },
    ]);
    const sentence = `The image is ${uri} and good.`;
    assert.equal((await contentOf({ content: [text(sentence)] })).text, sentence);
  });

  it('is whole up to chatResultCharactersMax, and beyond that can be read on', async () => {
    const most = '. '.repeat(limits.chatResultCharactersMax / 2);
    assert.equal((await contentOf({ content: [text(most)] })).text, most);
    const { text: shown, artifacts } = await contentOf({ content: [text(`${most}yz`)] });
    assert.ok(shown.length < limits.chatPreviewCharactersMax + 200);
    assert.match(shown, /read_result with id "art_1" and offset 2000/);
    const tool: OwnTool = readResultTool(artifacts);
    const ask: ToolAsk = { principal, conversationId: 'cnv_1', history: [] };
    const first = await tool.run({ id: 'art_1' }, ask);
    assert.match(
      first,
      /^(?:\. ){8000}\n\[characters 0 to 16000 of 16002; go on with offset 16000\]$/,
    );
    assert.match(
      await tool.run({ id: 'art_1', offset: 16_000 }, ask),
      /^yz\n.*this is the end\]$/s,
    );
    assert.equal(limits.chatReadCharactersMax, 16_000);
    const elsewhere = { ...ask, conversationId: 'cnv_2' };
    await assert.rejects(tool.run({ id: 'art_1' }, elsewhere), /no text/);
  });

  it('gives a file the end of its URI as its name, up to chatFileNameLengthMax', async () => {
    const named = async (length: number): Promise<string | undefined> => {
      const resource = { uri: `x://a/${'n'.repeat(length)}`, mimeType: 'image/png', blob: png };
      const { content } = await contentOf({ content: [{ type: 'resource', resource }] });
      const [file] = content;
      return file?.type === 'file' ? file.name : undefined;
    };
    const most = limits.chatFileNameLengthMax;
    assert.equal((await named(most))?.length, most);
    assert.equal((await named(most + 1))?.length, most);
  });

  it('bounds parts, files and what is no base64', async () => {
    const file = { type: 'image', data: png, mimeType: 'image/png' };
    const most = limits.chatResultFilesMax;
    assert.equal((await contentOf({ content: Array.from({ length: most }, () => file) })).text, '');
    const more = await contentOf({ content: Array.from({ length: most + 1 }, () => file) });
    assert.match(more.text, /a further file, image\/png of 24 bytes, left out/);
    const parts = limits.chatResultPartsMax;
    assert.doesNotMatch(
      (await contentOf({ content: Array.from({ length: parts }, () => text('a')) })).text,
      /parts/,
    );
    const cut = await contentOf({ content: Array.from({ length: parts + 1 }, () => text('a')) });
    assert.match(cut.text, /1 further parts left out/);
    const broken = await contentOf({
      content: [{ type: 'image', data: '§', mimeType: 'image/png' }],
    });
    assert.match(broken.text, /not valid base64/);
    assert.match((await contentOf({})).text, /answered nothing/);
  });
});
