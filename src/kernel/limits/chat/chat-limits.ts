import { agentLimits } from './agent-limits.ts';
import { evaluationLimits } from './evaluation-limits.ts';
import { trainingLimits } from './training-limits.ts';

/** Limits of conversations, of their runs and of who reads along. */
export const chatLimits = {
  /** Conversations of one user, and messages of one conversation. */
  chatConversationsPerUserMax: 1_000,
  chatMessagesPerConversationMax: 1_000,
  /** Runs that work at once: of a user, and of a tenant. */
  chatRunsPerUserMax: 16,
  chatRunsPerTenantMax: 64,
  /** What one message says, and the files that come with it. */
  chatMessageCharactersMax: 100_000,
  chatFilesMax: 10,
  chatFileBytesMax: 8 * 1024 * 1024,
  chatBodyBytesMax: 16 * 1024 * 1024,
  chatFileNameCharactersMax: 200,
  /** What a caller brings besides: tools of its own, their descriptions, a result, instructions. */
  chatCallerToolsMax: 128,
  chatCallerToolsBytesMax: 256 * 1024,
  chatCallerResultCharactersMax: 1_000_000,
  chatInstructionsCharactersMax: 100_000,
  /** Bytes of the files of one tenant's conversations; what is the same in several counts once. */
  chatArtifactBytesPerTenantMax: 2 * 1024 * 1024 * 1024,
  chatTitleCharactersMax: 80,
  /** Text of one message that can be searched. */
  chatSearchedCharactersMax: 20_000,
  /** What is searched for. */
  chatSearchCharactersMax: 200,
  /** Events of one run; behind it details are left out, and behind twice of it all but its end. */
  chatEventsPerRunMax: 10_000,
  /** Text that is gathered to one event: for so long, or up to so much. */
  chatEventGatherMs: 200,
  chatEventGatherCharactersMax: 4_000,
  /** How often readers of another instance's run look for events, and how many at once. */
  chatEventPollMs: 500,
  chatEventPageRows: 500,
  /** Readers of one run on one instance, and how often a silent stream says that it lives. */
  chatReadersPerRunMax: 16,
  chatHeartbeatMs: 15_000,
  /** How long `POST /chat` waits for an answer that is not streamed; the run goes on behind it. */
  chatAnswerWaitMs: 600_000,
  /** How long a run is its holder's, how often that is renewed, how often others are looked for. */
  chatLeaseMs: 20_000,
  chatLeaseRenewMs: 5_000,
  chatAdoptLookMs: 5_000,
  chatAdoptRows: 16,
  /** How far a run may go: usual, and the most that can be asked for. */
  chatSteps: 20,
  chatStepsMax: 100,
  chatRunMs: 300_000,
  chatRunMsMax: 3_600_000,
  chatParallelCalls: 4,
  chatParallelCallsMax: 16,
  /** Answers in one request, and an answer to a question as JSON. */
  chatAnswersMax: 64,
  chatAnswerBytesMax: 64 * 1024,
  ...agentLimits,
  ...evaluationLimits,
  ...trainingLimits,
} as const;
