import { randomUUID } from 'node:crypto';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { platform } from 'node:os';

/** The variable every child and its descendants inherit, and by which they are found. */
const TAG_NAME = 'MCPGATEWAY_CHILD';
const TAG = /(?:^|\0)MCPGATEWAY_CHILD=([^\0]*)/;
/** A process that forks while it is hunted is count again; more rounds than this is hopeless. */
const ROUNDS_MAX = 5;

/** Who started a child: a process id means something only in its namespace, at its time. */
interface Owner {
  readonly namespace: string;
  readonly pid: number;
  readonly startTime: string;
}

/** A fresh tag for one child: `NAME` and value of its environment variable. */
export async function newTag(): Promise<{ readonly name: string; readonly value: string }> {
  const owner = await ownerOf(process.pid);
  const { namespace, pid, startTime } = owner ?? { namespace: '', pid: process.pid, startTime: '' };
  return { name: TAG_NAME, value: `${namespace}/${pid}/${startTime}/${randomUUID()}` };
}

/** What the tags of all children of this process begin with; undefined without /proc. */
export async function ownTagPrefix(): Promise<string | undefined> {
  const owner = await ownerOf(process.pid);
  if (owner === undefined) return undefined;
  return `${TAG_NAME}=${owner.namespace}/${owner.pid}/${owner.startTime}/`;
}

/**
 * Kills every process that carries this tag and returns how many it found. Finds descendants that
 * left the child's process group. Does nothing where there is no /proc.
 */
export async function killTagged(tag: string): Promise<number> {
  return killWhere((value) => Promise.resolve(value === tag));
}

/** Kills the descendants of gateways that died without cleaning up. */
export async function killOrphans(): Promise<number> {
  const self = await ownerOf(process.pid);
  if (self === undefined) return 0;
  return killWhere(async (value) => {
    const [namespace, pid, startTime] = value.split('/');
    if (namespace !== self.namespace) return false;
    const owner = await ownerOf(Number(pid));
    return owner?.startTime !== startTime;
  });
}

async function killWhere(isMeant: (tag: string) => Promise<boolean>): Promise<number> {
  let count = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const pids = await taggedProcesses(isMeant);
    if (pids.length === 0) break;
    count += pids.length;
    for (const pid of pids) killQuietly(pid);
  }
  return count;
}

/** Kills a process, or a whole group when the id is negative; gone already is fine. */
export function killQuietly(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself, which is what is wanted.
  }
}

async function taggedProcesses(isMeant: (tag: string) => Promise<boolean>): Promise<number[]> {
  if (platform() !== 'linux') return [];
  const names = await readdir('/proc').catch(() => []);
  const found: number[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const tag = TAG.exec(await readFile(`/proc/${name}/environ`, 'latin1').catch(() => ''))?.[1];
    if (tag !== undefined && (await isMeant(tag))) found.push(Number(name));
  }
  return found;
}

async function ownerOf(pid: number): Promise<Owner | undefined> {
  try {
    const namespace = await readlink('/proc/self/ns/pid');
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The second field may hold spaces; the start time is the 20th after it (proc(5)).
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return { namespace: namespace.replaceAll(/\D/g, ''), pid, startTime };
  } catch {
    return undefined;
  }
}
