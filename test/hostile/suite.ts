import type { HostileGroup } from './case.ts';
import { authentication } from './groups/authentication.ts';
import { authorization } from './groups/authorization.ts';
import { secrets } from './groups/secrets.ts';
import { sessions } from './groups/sessions.ts';
import { browsers } from './groups/sign-in.ts';
import { chats } from './groups/chat.ts';
import { bodies } from './groups/bodies.ts';
import { connections } from './groups/connections.ts';
import { framing } from './groups/framing.ts';
import { origins } from './groups/origins.ts';

/** Every case, in the order in which they are run. */
export const groups: readonly HostileGroup[] = [
  authentication,
  authorization,
  sessions,
  framing,
  origins,
  bodies,
  connections,
  secrets,
  browsers,
  chats,
];

/** A run that has fewer cases than this has lost some. */
export const CASES_RUN_MIN = 151;
