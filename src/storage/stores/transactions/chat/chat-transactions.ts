import { insertChatAgent, publishChatAgent, removeChatAgent, updateChatAgent } from './agents.ts';
import { insertEvaluationCase, insertEvaluationReport } from './evaluations.ts';
import { insertChatArtifact } from './artifacts.ts';
import {
  deleteOldConversations,
  insertWholeConversation,
  renameConversation,
} from './conversations.ts';
import { answerChatRun, takeChatRun, writeChatRun } from './run-steps.ts';
import { startChatRun } from './start-run.ts';

/** The named transactions of conversations. */
export const chatTransactions = {
  startChatRun,
  takeChatRun,
  writeChatRun,
  answerChatRun,
  renameConversation,
  insertWholeConversation,
  deleteOldConversations,
  insertChatArtifact,
  insertChatAgent,
  updateChatAgent,
  publishChatAgent,
  removeChatAgent,
  insertEvaluationCase,
  insertEvaluationReport,
} as const;
