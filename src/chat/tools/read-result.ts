import { GatewayError } from '../../kernel/errors.ts';
import { stringMember } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ArtifactStore } from '../conversations/artifact-store.ts';
import type { OwnTool } from './offered-tools.ts';

/** The name of the tool that reads on in a long result. */
export const READ_RESULT = 'read_result';

/** Reads on in a result that was too long to be shown, of this conversation alone. */
export function readResultTool(artifacts: Pick<ArtifactStore, 'get'>): OwnTool {
  const charactersMax = limits.chatReadCharactersMax;
  return {
    kind: 'own',
    publicName: READ_RESULT,
    description:
      'Reads on in a long result of a tool, of which only the beginning was shown. Gives up to ' +
      `${charactersMax} characters from an offset.`,
    inputSchema: {
      type: 'object',
      properties: {
        id: { type: 'string', description: 'As the preview names it.' },
        offset: { type: 'integer', minimum: 0, description: 'Where to begin, in characters.' },
      },
      required: ['id'],
      additionalProperties: false,
    },
    run: async (given, { principal, conversationId }) => {
      const id = stringMember(given, 'id') ?? '';
      const found = await artifacts.get({ tenant: principal.tenant, conversationId }, id);
      if (found === undefined || !/^text\/|json/.test(found.mediaType)) {
        throw new GatewayError('not_found', 'There is no text of that id in this conversation.');
      }
      const text = Buffer.from(found.bytes).toString('utf8');
      const { offset = 0 } = given;
      const start = typeof offset === 'number' ? offset : 0;
      const piece = text.slice(start, start + charactersMax);
      const next = start + piece.length;
      const more = next < text.length ? `go on with offset ${next}` : 'this is the end';
      return `${piece}\n[characters ${start} to ${next} of ${text.length}; ${more}]`;
    },
  };
}
