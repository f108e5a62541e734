/** True for the paths of probes, which come by address and read nothing but what is public. */
export function isHealthPath(path: string): boolean {
  return path === '/health' || path.startsWith('/health/');
}
