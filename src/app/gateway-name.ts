import { implementation } from '../mcp/protocol.ts';

/** The gateway's name and version for people. */
export const gatewayName = `${implementation.name} ${implementation.version}`;
