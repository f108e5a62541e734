import type { IndexedField } from './index-entries.ts';

/** What is known of a tool, whoever offers it. */
export interface ToolText {
  readonly name: string;
  readonly title?: string;
  readonly path?: string;
  readonly service?: string;
  readonly serviceDescription?: string;
  readonly description?: string;
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[];
  readonly tags?: readonly string[];
  /** What it was used for. */
  readonly examples?: readonly string[];
  /** What it was used for long ago. */
  readonly olderExamples?: readonly string[];
}

/** What an index finds a tool by, and how much each part counts. */
export function toolFields(tool: ToolText): readonly IndexedField[] {
  const parameters = tool.parameters ?? [];
  return [
    { text: tool.name, weight: 1.1, isName: true },
    { text: tool.title ?? '', weight: 1 },
    { text: tool.path ?? '', weight: 1 },
    { text: tool.service ?? '', weight: 1 },
    { text: tool.serviceDescription ?? '', weight: 0.5 },
    { text: tool.description ?? '', weight: 0.88 },
    {
      text: parameters.map(({ name }) => name).join(' '),
      weight: 0.58,
      isAside: true,
      isTaken: true,
    },
    {
      text: parameters.map(({ description = '' }) => description).join('\n'),
      weight: 0.5,
      isAside: true,
    },
    { text: (tool.tags ?? []).join(', '), weight: 0.4 },
    { text: (tool.examples ?? []).join('\n'), weight: 1 },
    { text: (tool.olderExamples ?? []).join('\n'), weight: 0.5 },
  ];
}
