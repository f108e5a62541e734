/** Limits of tasks, the gateway's own and those of services. */
export const taskLimits = {
  /** A tool call that takes longer becomes a task, for clients that take tasks. */
  taskAfterMs: 500,
  /** A task that the gateway made, from its start until it is forgotten. */
  taskTtlMs: 1_800_000,
  /** How often a client should ask for such a task. */
  taskPollMs: 1_000,
  /** How often a service is asked for its own task, whatever it wishes. */
  taskPollMsMin: 100,
  taskPollMsMax: 30_000,
  /** Tasks that the gateway keeps for one credential, and the bytes of all their results. */
  tasksPerCredentialMax: 200,
  taskBytesMax: 64 * 1024 * 1024,
  /** A task id that a service gave. */
  taskIdLengthMax: 1_024,
  /** Tasks watched on one listen stream. */
  listenTasksMax: 100,
} as const;
