/** The oldest Node that runs the gateway; `engines` of the package says the same. */
const FLOOR = { major: 24, minor: 11 };

/**
 * Why a version of Node cannot run the gateway, or undefined when it can. An old Node must be able
 * to read this file, so nothing newer than ES2020 stands in it.
 */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > FLOOR.major || (major === FLOOR.major && minor >= FLOOR.minor)) return undefined;
  return `Node ${version} is too old; use ${FLOOR.major}.${FLOOR.minor} or later`;
}
