/** Takes messages to the client. */
export interface MessageSink {
  /** Sends one message; a returned promise asks to wait for a slow reader. */
  message(text: string): Promise<void> | undefined;
}
