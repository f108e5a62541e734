/** What a task id of the gateway stands for. */
export interface TaskReference {
  readonly serviceId: string;
  /** `upstream`: the service keeps the task; `gateway`: the gateway does. */
  readonly keeper: 'upstream' | 'gateway';
  /** The task's id where it is kept. */
  readonly id: string;
  /** The call that became the task. */
  readonly call: TaskOrigin;
}

/** What is remembered of a call that became a task: enough to close its account later. */
export interface TaskOrigin {
  readonly workId: string;
  /** The tool on its service. */
  readonly tool: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  /** What billing rules asked of the call; see `attributesOf`. */
  readonly attributes: string | null;
}
