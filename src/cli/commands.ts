import type { Command } from './command.ts';
import { configCommand } from './config.ts';
import { doctor } from './doctor.ts';
import { generate } from './generate.ts';
import { key } from './key.ts';
import { serve } from './serve.ts';
import { service } from './service.ts';
import { stdio } from './stdio.ts';
import { usage } from './usage.ts';
import { version } from './version.ts';

/** All commands by name, in the order help lists them. */
export const commands: Readonly<Record<string, Command>> = {
  serve,
  stdio,
  service,
  key,
  usage,
  generate,
  config: configCommand,
  doctor,
  version,
};
