import type { HostileGroup } from '../case.ts';
import { doorCases } from './chat-doors.ts';
import { flowCases } from './chat-flows.ts';
import { modelCases } from './chat-models.ts';

/** J: models, and what they are told. */
export const chats: HostileGroup = {
  heading: 'J. Chat: models, what they read, and what they may do',
  cases: [...flowCases, ...modelCases, ...doorCases],
};
