import type {
  LanguageModelV4,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import { cutOff, readFailure, type FailureSubject } from './read-failure.ts';

/** What is known of a model before it is opened, and how it is opened. */
export interface UnopenedModel {
  readonly provider: string;
  readonly modelId: string;
  /** Called with the first request. */
  open(): Promise<LanguageModelV4>;
}

/**
 * The model, opened when it is first asked and with every error read: whoever asks it gets a
 * `ModelFailure`, thrown or as an `error` part of the stream, and nothing that a provider or its
 * client library said.
 */
export function guardModel(model: UnopenedModel, subject: FailureSubject): LanguageModelV4 {
  const { provider, modelId } = model;
  return {
    specificationVersion: 'v4',
    provider,
    modelId,
    // Of a file that is given as a URL the SDK would otherwise fetch the bytes itself, past the
    // egress: to the SDK, every model takes every URL.
    supportedUrls: { '*/*': [/^/] },
    doGenerate: async (options) => {
      try {
        return await (await model.open()).doGenerate(options);
      } catch (error) {
        throw readFailure(error, subject);
      }
    },
    doStream: async (options) => {
      let result: LanguageModelV4StreamResult;
      try {
        result = await (await model.open()).doStream(options);
      } catch (error) {
        throw readFailure(error, subject);
      }
      return { ...result, stream: guardStream(result.stream, subject) };
    },
  };
}

function guardStream(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  subject: FailureSubject,
): ReadableStream<LanguageModelV4StreamPart> {
  const reader = stream.getReader();
  let hasFinished = false;
  return new ReadableStream<LanguageModelV4StreamPart>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read();
        if (done) {
          controller.close();
          return;
        }
        if (value.type === 'error') {
          controller.enqueue({ type: 'error', error: readFailure(value.error, subject) });
          return;
        }
        if (value.type === 'finish') {
          hasFinished = true;
          // The connection ended well, but not the answer.
          if (value.finishReason.unified === 'interrupted') {
            controller.enqueue({ type: 'error', error: cutOff(subject) });
          }
        }
        controller.enqueue(value);
      } catch (error) {
        // What comes after the end does not undo the answer.
        if (hasFinished) controller.close();
        else controller.error(readFailure(error, subject));
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
