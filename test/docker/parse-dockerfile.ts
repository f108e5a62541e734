/** One instruction of a Dockerfile. */
export interface Instruction {
  readonly keyword: string;
  /** `--name=value` in front of the words. */
  readonly options: Readonly<Record<string, string>>;
  /** What follows, as it is written; lines that go on are one. */
  readonly text: string;
  readonly line: number;
}

/** One stage: the instructions from a FROM to the next. */
export interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages of a Dockerfile. Throws on a text that begins without a stage. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(text)) {
    if (instruction.keyword === 'FROM') {
      const [, base = '', name] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(instruction.text) ?? [];
      stages.push({ base, name, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`Line ${instruction.line} stands before any FROM.`);
    stage.instructions.push(instruction);
  }
  return stages;
}

function instructionsOf(text: string): readonly Instruction[] {
  const found: Instruction[] = [];
  let open = '';
  let start = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    if (open === '') start = index + 1;
    open += line.endsWith('\\') ? line.slice(0, -1) : line;
    if (line.endsWith('\\')) continue;
    found.push(instruction(open.trim(), start));
    open = '';
  }
  if (open !== '') throw new Error(`Line ${start} goes on and on.`);
  return found;
}

function instruction(text: string, line: number): Instruction {
  const [, keyword = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
  const options: Record<string, string> = {};
  let remaining = rest;
  for (;;) {
    const [whole, name, value] = /^--([a-z-]+)=(\S+)\s+/.exec(remaining) ?? [];
    if (whole === undefined || name === undefined || value === undefined) break;
    options[name] = value;
    remaining = remaining.slice(whole.length);
  }
  return { keyword: keyword.toUpperCase(), options, text: remaining, line };
}

/** The words of an instruction in exec form, `["a", "b"]`. Throws on the shell form. */
export function execWords(text: string): readonly string[] {
  const words: unknown = text.startsWith('[') ? JSON.parse(text) : undefined;
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  throw new Error(`${text} is not a list of words: a shell would stand between it and signals.`);
}
