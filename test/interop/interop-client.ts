/** A third-party MCP client in one of its modes. */
export interface InteropClient {
  readonly name: string;
  /** How it negotiates, as its own documentation calls it. */
  readonly mode: string;
  /** The era it must end up speaking with the gateway. */
  readonly era: 'modern' | 'legacy';
  open(target: Target): Promise<OpenClient>;
}

/** What a client is pointed at. */
export interface Target {
  /** The MCP endpoint. */
  readonly endpoint: string;
  readonly apiKey: string;
  /** A folder of its own for whatever the client keeps. */
  readonly folder: string;
}

/** A connected client. */
export interface OpenClient {
  toolNames(): Promise<readonly string[]>;
  /** Calls a tool; resolves to the result as JSON text. */
  call(tool: string, input: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}
