import { parentPort, workerData } from 'node:worker_threads';
import { parseYaml, type YamlLimits } from './parse-yaml.ts';

/** What the parent hands over. */
export interface YamlJob {
  readonly source: string;
  readonly limits: YamlLimits;
}

const { source, limits } = workerData as YamlJob;
try {
  parentPort?.postMessage({ result: parseYaml(source, limits) });
} catch (error) {
  parentPort?.postMessage({ problem: error instanceof Error ? error.message : String(error) });
}
