import { GatewayError } from '../../kernel/errors.ts';
import { answeredId } from '../wire/answered-id.ts';
import type { ChannelReceiver } from './peer-channel.ts';

/**
 * Gives a receiver one message of a channel that all requests share. What is no message is passed
 * over, as the text of a chatty program is; a request that it was meant to answer fails at once.
 */
export function takeLine(
  receiver: ChannelReceiver,
  bytes: Buffer,
  passedOver: (error: unknown) => void,
): void {
  const failed = (error: unknown): void => {
    const id = error instanceof GatewayError ? answeredId(bytes) : undefined;
    if (id !== undefined && receiver.isPending(id)) receiver.failed(id, error);
    else passedOver(error);
  };
  try {
    receiver.received(bytes)?.catch(failed);
  } catch (error) {
    failed(error);
  }
}

/**
 * Takes one event of a stream. One that is no message (a heartbeat) is passed over, unless it was
 * meant to be the answer to the request `id`. A returned promise delays the next event.
 */
export function takeEvent(
  receiver: ChannelReceiver,
  bytes: Buffer,
  id?: number,
): Promise<void> | undefined {
  const failed = (error: unknown): void => {
    if (!(error instanceof GatewayError)) throw error;
    const meant = answeredId(bytes);
    if (meant !== undefined && receiver.isPending(meant)) receiver.failed(meant, error);
    else if (id !== undefined && meant === id) throw error;
  };
  try {
    return receiver.received(bytes, id)?.catch(failed);
  } catch (error) {
    failed(error);
    return undefined;
  }
}
