import type { Subject } from './subject.ts';
import { bytesProxy } from './subjects/bytes-proxy.ts';
import { direct } from './subjects/direct.ts';
import {
  billedGateway,
  gateway,
  jwtGateway,
  ruledGateway,
  strictGateway,
} from './subjects/gateway.ts';
import { nginx } from './subjects/nginx.ts';
import { sdkProxy } from './subjects/sdk-proxy.ts';

/** Everything that can be compared, in the order of the report. */
export const SUBJECTS: readonly Subject[] = [
  direct,
  nginx,
  bytesProxy,
  sdkProxy,
  gateway,
  strictGateway,
  jwtGateway,
  ruledGateway,
  billedGateway,
];

/** Picks subjects by name, or all of them when no name is given. */
export function pickSubjects(names: readonly string[]): readonly Subject[] {
  if (names.length === 0) return SUBJECTS;
  return names.map((name) => {
    const found = SUBJECTS.find((subject) => subject.name === name);
    const known = SUBJECTS.map((subject) => subject.name).join(', ');
    if (found === undefined) throw new Error(`unknown subject ${name}; there are ${known}`);
    return found;
  });
}
