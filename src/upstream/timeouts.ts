import { z } from 'zod';
import { limits } from '../kernel/limits.ts';

const { serviceWaitMsMin: min, serviceWaitMsMax: max } = limits;
const wait = z.int().min(min).max(max).optional();

/** How long one service is waited for, in milliseconds; what is absent has its default. */
export const serviceTimeouts = z.strictObject({
  connectMs: wait.describe('Connecting, TLS included; default 5000.'),
  firstByteMs: wait.describe('Until the first byte of an answer; default 55000.'),
  idleMs: wait.describe('Silence while a call waits for more; default 55000.'),
  totalMs: wait.describe('The whole call; by default what the call itself may take.'),
});

/** The times of a program, which is not connected to. */
export const programTimeouts = serviceTimeouts.omit({ connectMs: true });

/** How long one service is waited for. */
export type ServiceTimeouts = z.output<typeof serviceTimeouts>;
