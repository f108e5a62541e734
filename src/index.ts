/**
 * The public door for authors of connectors: the contract a connector implements, the neutral
 * model it answers in, and the errors it throws.
 */
export type {
  Connector,
  ConnectorContext,
  Discovery,
  ListenFilter,
  Upstream,
  UpstreamCaller,
  UpstreamChange,
  UpstreamRequest,
} from './upstream/contract.ts';
export type { Egress, EgressRequest, EgressResponse } from './kernel/egress.ts';
export type {
  ClientProfile,
  CompleteOutcome,
  ExchangeIo,
  InputRequiredOutcome,
  McpNotification,
  McpOutcome,
  McpRequest,
} from './mcp/message.ts';
export { Cancellation } from './kernel/cancellation.ts';
export { errorRegistry, GatewayError, RpcError, type ErrorCode } from './kernel/errors.ts';
export { JsonBytes } from './kernel/json-bytes.ts';
export type { Json, JsonObject } from './kernel/json.ts';
export { limits } from './kernel/limits.ts';
export type { Log } from './kernel/log.ts';
