import type { Exception } from './judge.ts';

/** A tool that would ask is hidden from a client that cannot be asked, or refuses to run. */
const nobodyToAsk = /trigger-elicitation-request is not listed|client capabilities do not declare/;

/** The cells that a client program does not allow, and how each of them ends. */
export const exceptions: readonly Exception[] = [
  {
    client: 'mcp-inspector --cli',
    operation: 'elicit',
    says: nobodyToAsk,
    reason: 'one command is one request; it declares no elicitation (mcpdo, beside it, does)',
  },
  {
    client: '@openai/agents',
    operation: 'elicit',
    says: nobodyToAsk,
    reason: 'its client declares no capabilities and has no handler to give it',
  },
];
