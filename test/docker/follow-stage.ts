import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BuildContext } from './build-context.ts';
import { execWords, type Instruction, type Stage } from './parse-dockerfile.ts';

/** What a stage came to: a root folder and how its command is started. */
export interface FollowedStage {
  readonly root: string;
  readonly workFolder: string;
  /** As the Dockerfile says it; values may name folders of the root. */
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly volumes: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

/** What all stages have in common. */
export interface FollowContext {
  readonly context: BuildContext;
  /** Roots of the stages so far, by name. */
  readonly roots: ReadonlyMap<string, string>;
  /** Environment of commands besides what the Dockerfile sets. */
  readonly environment: Readonly<Record<string, string>>;
}

type Open = { -readonly [Key in keyof FollowedStage]: FollowedStage[Key] };

/** Carries out every instruction of a stage below `root`; throws at the first that fails. */
export function followStage(stage: Stage, root: string, shared: FollowContext): FollowedStage {
  const open: Open = {
    root,
    workFolder: '/',
    environment: {},
    user: undefined,
    volumes: [],
    command: [],
    healthcheck: [],
  };
  for (const instruction of stage.instructions) {
    const follow = followers[instruction.keyword];
    if (follow === undefined) throw new Error(`${instruction.keyword} is not followed here.`);
    process.stdout.write(`${instruction.keyword} ${instruction.text}\n`);
    follow(open, instruction, shared);
  }
  return open;
}

const followers: Readonly<
  Record<string, (open: Open, instruction: Instruction, shared: FollowContext) => void>
> = {
  WORKDIR(open, { text }) {
    open.workFolder = text;
    mkdirSync(join(open.root, text), { recursive: true });
  },
  ENV(open, { text }) {
    const pairs = [...text.matchAll(/(\w+)=(\S+)/g)];
    if (pairs.length === 0) throw new Error(`ENV ${text} sets nothing.`);
    open.environment = {
      ...open.environment,
      ...Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value])),
    };
  },
  COPY: copy,
  RUN: run,
  USER(open, { text }) {
    open.user = text;
  },
  VOLUME(open, { text }) {
    open.volumes = [...open.volumes, text];
  },
  EXPOSE() {},
  CMD(open, { text }) {
    open.command = execWords(text);
  },
  HEALTHCHECK(open, { text }) {
    open.healthcheck = execWords(text.replace(/^CMD\s+/, ''));
  },
};

function copy(open: Open, { text, options }: Instruction, shared: FollowContext): void {
  const words = text.split(/\s+/);
  const target = words.pop() ?? '';
  const stage = options['from'];
  const from = stage === undefined ? undefined : shared.roots.get(stage);
  if (stage !== undefined && from === undefined) throw new Error(`There is no stage ${stage}.`);
  for (const word of words) {
    const place = inside(open, target.endsWith('/') ? target + basename(word) : target);
    if (from === undefined) shared.context.copy(word, place);
    // Links stay what they are: npm's name programs by links that lead elsewhere in the folder.
    else cpSync(join(from, word), place, { recursive: true, verbatimSymlinks: true });
    if (options['chown'] !== undefined) giveTo(place, options['chown']);
  }
}

function run(open: Open, { text }: Instruction, shared: FollowContext): void {
  // Outside a container such a command would touch this machine.
  if (/(?:^|[\s='"])\//.test(text)) throw new Error(`RUN ${text} names a path of the root.`);
  const { status } = spawnSync('sh', ['-c', text], {
    cwd: join(open.root, open.workFolder),
    env: { ...shared.environment, ...open.environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`RUN ${text} ended with ${status}.`);
}

const inside = ({ root, workFolder }: Open, path: string): string =>
  path.startsWith('/') ? join(root, path) : join(root, workFolder, path);

function giveTo(path: string, owner: string): void {
  // Nobody else can give files away.
  if (process.getuid?.() !== 0) return;
  const [user, group] = numericUser(owner);
  chownSync(path, user, group);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveTo(join(path, name), owner);
}

/** User and group of `1000:1000`. Throws on names, which only the base image could resolve. */
export function numericUser(text: string): readonly [number, number] {
  const [, user, group] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (user === undefined || group === undefined) throw new Error(`${text} is not two numbers.`);
  return [Number(user), Number(group)];
}

/** Bytes of a folder's files. */
export function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
