/** What a log writes to. */
export interface LogOutput {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

const colours: Readonly<Record<string, string>> = {
  debug: '\u001b[2m',
  info: '\u001b[32m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
};
const RESET = '\u001b[0m';

/** Turns JSON log lines into text for people: time, level, message, then the fields. */
export function prettyDestination(output: LogOutput): { write(line: string): void } {
  const colourful = output.isTTY === true;
  return { write: (line) => void output.write(prettyLine(line, colourful)) };
}

function prettyLine(line: string, colourful: boolean): string {
  const { time, level, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const name = String(level);
  const label = colourful ? `${colours[name] ?? ''}${name.padEnd(5)}${RESET}` : name.padEnd(5);
  const rest = Object.entries(fields).map(([field, value]) => `${field}=${shown(value)}`);
  const clock = String(time).slice(11, 23);
  return `${[clock, label, plain(String(message)), ...rest].join(' ')}\n`;
}

function shown(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[\w.:/@+-]+$/.test(value) ? value : plain(JSON.stringify(value));
}

/** Control characters could forge lines or steer the terminal. */
function plain(text: string): string {
  return text.replaceAll(
    /\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
