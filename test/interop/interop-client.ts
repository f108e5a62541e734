/** A third-party MCP client program in one of its modes. */
export interface InteropClient {
  readonly name: string;
  /** How it negotiates, as its own documentation calls it. */
  readonly mode: string;
  /** The era it must end up speaking with the gateway. */
  readonly era: 'modern' | 'legacy';
  /** True when every command is a process; such a client is tried at fewer endpoints. */
  readonly slow: boolean;
  open(target: Target): Promise<OpenClient>;
}

/** What a client is pointed at. */
export interface Target {
  /** The MCP endpoint. */
  readonly endpoint: string;
  readonly apiKey: string;
  /** A folder of its own for whatever the client keeps. */
  readonly folder: string;
  /** Aborted when the run is given up; ends every process of the client. */
  readonly signal: AbortSignal;
}

/** A connected client whose user answers every form. */
export interface OpenClient {
  toolNames(): Promise<readonly string[]>;
  call(tool: string, input: Readonly<Record<string, unknown>>): Promise<CallAnswer>;
  close(): Promise<void>;
}

/** How a call went. */
export interface CallAnswer {
  /** The tool's result as JSON text. */
  readonly result: string;
  /** How often the user was asked. */
  readonly questions: number;
}
