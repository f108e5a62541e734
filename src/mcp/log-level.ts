/** Log levels from the most verbose to the most severe (server/utilities/logging). */
export const logLevels: readonly string[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
];

/** True when a message of this level is to be shown to whoever asked for `wanted` and above. */
export function isLogWanted(level: unknown, wanted: string | undefined): boolean {
  if (wanted === undefined || typeof level !== 'string') return false;
  const severity = logLevels.indexOf(level);
  return severity !== -1 && severity >= logLevels.indexOf(wanted);
}

/** True when `level` shows more than `other`; nothing shows less than undefined. */
export function isMoreVerbose(level: string, other: string | undefined): boolean {
  return other === undefined || logLevels.indexOf(level) < logLevels.indexOf(other);
}
