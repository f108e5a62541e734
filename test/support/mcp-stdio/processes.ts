import { readdir, readFile } from 'node:fs/promises';

/**
 * The processes that some child with this marker in its arguments or environment left behind;
 * zombies do not count. Looks for at most two seconds for the list to become empty.
 */
export async function survivors(marker: string): Promise<number[]> {
  const deadlineMs = Date.now() + 2_000;
  for (;;) {
    const alive = await processesWith(marker);
    if (alive.length === 0 || Date.now() > deadlineMs) return alive;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The processes with this marker in their environment. */
export async function processesWith(marker: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
    if (!environment.includes(marker)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => ') Z');
    if (!/\) [ZX]/.test(stat)) found.push(Number(name));
  }
  return found;
}
