import { createInterface } from 'node:readline';
import { createEchoAnswers } from './upstream-answers.ts';
import type { EchoAnswers, ReceivedMessage } from './upstream-answers.ts';

/** Returns the lines the echo server writes to answer one line of its input. */
export function answerLine(answers: EchoAnswers, line: string): string {
  const message = JSON.parse(line) as ReceivedMessage;
  const answer = answers('legacy', message);
  const id = JSON.stringify(message.id ?? null);
  switch (answer.kind) {
    case 'result':
      return `{"jsonrpc":"2.0","id":${id},"result":${answer.result.json}}\n`;
    case 'events': {
      const last = `{"jsonrpc":"2.0","id":${id},"result":${answer.result.json}}\n`;
      return answer.events.map((event) => `${event}\n`).join('') + last;
    }
    case 'error': {
      const error = JSON.stringify({ code: answer.code, message: answer.text });
      return `{"jsonrpc":"2.0","id":${id},"error":${error}}\n`;
    }
    case 'accepted':
    case 'held':
      return '';
  }
}

if (import.meta.main) {
  const answers = createEchoAnswers();
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const answer = answerLine(answers, line);
    if (answer !== '') process.stdout.write(answer);
  });
}
