/** Limits of the loop that a chat's models and tools run in. */
export const chatLoopLimits = {
  /** The same call with the same arguments: from this time on the model is told so. */
  chatSameCallNoteAt: 3,
  /** How often it is made at most; the next one ends the run. */
  chatSameCallsMax: 3,
  /** Calls of tools in one step of a model; further ones are refused. */
  chatCallsPerStepMax: 32,
  /** Arguments of one call, as JSON. */
  chatArgumentBytesMax: 128 * 1024,
  /** Small numbers and truth values of a call that may follow what may not be believed. */
  chatSmallValuesMax: 8,
  /** Words of a call that are looked up in what was said before. */
  chatJudgedWordsMax: 500,
  /** Tools that are held back and told of by name; addresses of an answer that are pointed out. */
  chatToldHeldMax: 5,
  chatOutwardLinksMax: 20,
  /** One step's text, reasoning and arguments. */
  chatStepCharactersMax: 1_000_000,
  /** A schema of arguments that is compiled; of a larger one only the outermost type is checked. */
  chatSchemaBytesMax: 64 * 1024,
  chatSchemaDepthMax: 64,
  /** Compiling such a schema, and checking arguments by it: both hold up everything else. */
  chatSchemaCompileMs: 2_000,
  chatArgumentCheckMs: 500,
  /** A name of a tool as providers take it. */
  chatToolNameLengthMax: 64,
  /** A result's text that a model is shown whole, what it sees of a longer one, and of one read. */
  chatResultCharactersMax: 16_000,
  chatPreviewCharactersMax: 2_000,
  chatReadCharactersMax: 16_000,
  /** Files of one result of a tool, and parts of it that are looked at. */
  chatResultFilesMax: 10,
  chatResultPartsMax: 200,
  chatFileNameLengthMax: 100,
  /** A text of letters and digits alone that is this long is taken for encoded bytes. */
  chatEncodedCharactersMin: 1_024,
  /** The pause before a provider is asked again, when it does not say and at most. */
  chatRetryMs: 1_000,
  chatRetryMsMax: 15_000,
  /** What a service may have the model write (`sampling/createMessage`), and how often in a run. */
  chatSamplingTokensMax: 4_096,
  chatSamplingsPerRunMax: 16,
  /** What of a window is kept free for the answer, where the model does not say. */
  chatAnswerTokens: 4_096,
} as const;
