import type { JsonObject } from '../../src/kernel/json.ts';

const at = (path: string): JsonObject => ({ $path: path });
const fixed: JsonObject = { owner: 'acme', repo: 'shop' };
const repository = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  ...more,
  fixed: { ...fixed, ...(more['fixed'] as JsonObject | undefined) },
});

/** What no model may see or set: the repository, and how much is read at once. */
export const pinnedArguments: readonly string[] = ['owner', 'repo', 'per_page'];

/** The tools that the rules below leave of GitHub's API. */
export const curatedNames: readonly string[] = [
  'list_issues',
  'read_issue',
  'edit_issue',
  'comment_on_issue',
  'list_pull_requests',
  'read_pull_request',
  'changed_files',
  'merge_pull_request',
  'latest_release',
  'search_code',
  'report_bug',
  'review_state',
];

/** A rule file that makes a server of twelve tools for one repository of GitHub's whole API. */
export const curateGithub: JsonObject = {
  include: [
    {
      operations: [
        'issues/list-for-repo',
        'issues/get',
        'issues/update',
        'issues/create-comment',
        'pulls/list',
        'pulls/get',
        'pulls/list-files',
        'pulls/merge',
        'repos/get-latest-release',
        'search/code',
      ],
    },
  ],
  tools: {
    'issues/list-for-repo': repository('list_issues', {
      description: 'Lists the issues of the shop.',
      fixed: { per_page: 50 },
      fields: ['[].number', '[].title', '[].state', '[].labels[].name'],
    }),
    'issues/get': repository('read_issue', { fields: ['number', 'title', 'body', 'state'] }),
    'issues/update': repository('edit_issue'),
    'issues/create-comment': repository('comment_on_issue'),
    'pulls/list': repository('list_pull_requests', {
      defaults: { state: 'open' },
      fixed: { per_page: 30 },
    }),
    'pulls/get': repository('read_pull_request'),
    'pulls/list-files': repository('changed_files', { fixed: { per_page: 100 } }),
    'pulls/merge': repository('merge_pull_request'),
    'repos/get-latest-release': repository('latest_release'),
    'search/code': { name: 'search_code', fixed: { per_page: 20 } },
    'issues/create': { fixed },
    'issues/add-labels': { fixed },
    'pulls/list-reviews': { fixed },
  },
  composites: {
    report_bug: {
      description: 'Opens an issue for a bug and labels it.',
      steps: [
        {
          name: 'open',
          operation: 'issues/create',
          arguments: {
            body: { title: at('$.arguments.title'), body: at('$.arguments.details') },
          },
        },
        {
          name: 'label',
          operation: 'issues/add-labels',
          arguments: { issue_number: at('$.steps.open.number'), body: { labels: ['bug'] } },
          onError: 'continue',
        },
      ],
      result: { number: at('$.steps.open.number'), url: at('$.steps.open.html_url') },
    },
    review_state: {
      description: 'Tells who approved a pull request, and whether it can be merged.',
      steps: [
        {
          name: 'pull',
          operation: 'pulls/get',
          arguments: { pull_number: at('$.arguments.pull_number') },
        },
        {
          name: 'reviews',
          operation: 'pulls/list-reviews',
          arguments: { pull_number: at('$.arguments.pull_number') },
        },
      ],
      result: {
        mergeable: at('$.steps.pull.mergeable'),
        approvedBy: at("$.steps.reviews[?@.state == 'APPROVED'].user.login"),
      },
    },
  },
};
