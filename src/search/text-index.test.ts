import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { array, assert as assertProperty, property, string } from 'fast-check';
import { questionWords } from './question-words.ts';
import { createTextIndex } from './text-index.ts';
import { wordForms } from './word-forms.ts';
import { wordRoot } from './word-root.ts';
import { wordStem } from './word-stem.ts';

const texts = (...list: readonly string[]) =>
  createTextIndex(list.map((text) => [{ text, weight: 1 }]));

const found = (query: string, ...list: readonly string[]): readonly number[] =>
  texts(...list)
    .search(query, 10)
    .map(({ at }) => at);

describe('words', () => {
  test('names are taken apart, endings and accents fall away', () => {
    assert.deepEqual(wordForms('listHTTPServers'), wordForms('list http server'));
    assert.deepEqual(wordForms('get_pull-requests'), wordForms('Get pull request'));
    assert.deepEqual(wordForms('Café'), wordForms('cafe'));
    for (const [one, two] of [
      ['created', 'create'],
      ['creating', 'create'],
      ['updates', 'updating'],
      ['entries', 'entry'],
      ['branches', 'branch'],
    ] as const) {
      assert.equal(wordStem(one), wordStem(two), `${one} ${two}`);
    }
    for (const [one, two] of [
      ['creator', 'creation'],
      ['translate', 'translations'],
    ] as const) {
      assert.equal(wordRoot(one), wordRoot(two), `${one} ${two}`);
    }
  });

  test('scripts without spaces give pairs, others whole words', () => {
    assert.deepEqual(wordForms('東京都'), ['東京', '京都']);
    assert.deepEqual(wordForms('создать заказ'), ['создать', 'заказ']);
    assert.deepEqual(wordForms('用 API'), ['用', 'api']);
    assert.deepEqual(wordForms('ガラス'), wordForms('ガラス'.normalize('NFD')));
  });
});

describe('the index', () => {
  test('finds by rare words first, and by words of like meaning', () => {
    const list = ['List all orders', 'List all invoices', 'Delete an order', 'List users'] as const;
    assert.equal(found('orders', ...list)[0], 0);
    assert.equal(found('remove order', ...list)[0], 2);
    assert.equal(found('show the invoices please', ...list)[0], 1);
  });

  test('finds names by their beginning, other scripts by their characters', () => {
    assert.deepEqual(found('repos', 'List repositories', 'List gists'), [0]);
    assert.deepEqual(found('authent', 'Authentication methods', 'Gists'), [0]);
    assert.deepEqual(found('注文一覧', '注文を取り消す', '注文の一覧を返す')[0], 1);
    assert.deepEqual(found('заказ', 'Создать заказ', 'Список'), [0]);
  });

  test('finds words that are spelled alike, when nothing has the word itself', () => {
    const list = ['List repositories', 'List gists', 'Delete an organization'] as const;
    assert.deepEqual(found('repositorios', ...list), [0]);
    assert.deepEqual(found('orgnization', ...list), [2]);
    assert.deepEqual(found('gist', ...list), [1]);
  });

  test('names and values in a question do not speak against what is found', () => {
    const list = ['Add a track to a playlist', 'Follow an artist', 'Get a show'] as const;
    assert.equal(found('Follow the artist Mariah Carey', ...list)[0], 1);
    assert.equal(found('add "Summertime Sadness" to my playlist', ...list)[0], 0);
    assert.deepEqual(
      questionWords('Find pet 17 of Ada, called "Rex"').flatMap((one) =>
        one.isName ? [one.word] : [],
      ),
      ['rex', '17', 'ada'].map(wordStem),
    );
  });

  test('to be all of a name counts for more than to be a part of it', () => {
    const named = (...names: readonly string[]) =>
      createTextIndex(names.map((text) => [{ text, weight: 2, isName: true }]));
    const index = named('create_issue_comment', 'create_issue', 'list_issues', 'get_user');
    assert.equal(index.search('create an issue', 1)[0]?.at, 1);
  });

  test('entries have weights of their own', () => {
    const entries = [[{ text: 'ping', weight: 1 }], [{ text: 'ping', weight: 1 }]];
    assert.equal(createTextIndex(entries).search('ping', 1)[0]?.at, 0);
    assert.equal(createTextIndex(entries, [1, 1.1]).search('ping', 1)[0]?.at, 1);
  });

  test('a heavier field counts for more', () => {
    const index = createTextIndex([
      [
        { text: 'ping', weight: 5 },
        { text: 'tests the server', weight: 1 },
      ],
      [
        { text: 'test', weight: 5 },
        { text: 'sends a ping', weight: 1 },
      ],
    ]);
    assert.equal(index.search('ping', 1)[0]?.at, 0);
    assert.equal(index.search('test', 1)[0]?.at, 1);
  });

  test('what nothing can do finds nothing', () => {
    const list = ['List orders of a shop', 'Create an order', 'Cancel an order'] as const;
    assert.deepEqual(found('book a flight', ...list), []);
    assert.deepEqual(found('order a flight', ...list), [], 'one common word is not enough');
    assert.deepEqual(found('', ...list), []);
    assert.deepEqual(found('???', ...list), []);
    assert.deepEqual(texts().search('order', 5), []);
  });

  test('any text is indexed and asked for without harm', () => {
    assertProperty(
      property(array(string({ unit: 'grapheme' })), string({ unit: 'binary' }), (list, query) => {
        for (const { at, score, coverage } of texts(...list).search(query, 5)) {
          assert.ok(at < list.length && score > 0 && coverage > 0 && coverage <= 1.000_001);
        }
      }),
    );
  });
});
