import { guardLimits } from './limits/guard-limits.ts';
import { identityLimits } from './limits/identity-limits.ts';
import { policyLimits } from './limits/policy-limits.ts';
import { privacyLimits } from './limits/privacy-limits.ts';
import { waitLimits } from './limits/wait-limits.ts';
import { vaultLimits } from './limits/vault-limits.ts';
import { modelLimits } from './limits/model-limits.ts';
import { webhookLimits } from './limits/webhook-limits.ts';
import { auditLimits } from './limits/audit-limits.ts';
import { signInLimits } from './limits/sign-in-limits.ts';
import { chatLoopLimits } from './limits/chat/chat-loop-limits.ts';
import { chatToolLimits } from './limits/chat/chat-tool-limits.ts';
import { toolSearchLimits } from './limits/tool-search-limits.ts';
import { taskLimits } from './limits/task-limits.ts';
import { chatLimits } from './limits/chat/chat-limits.ts';
import { billingLimits } from './limits/billing-limits.ts';
import { stdioLimits } from './limits/stdio-limits.ts';

/** Every bound of the gateway in one place; units are in the names. */
export const limits = {
  /** A request body on any door. */
  requestBodyBytesMax: 4 * 1024 * 1024,
  /** The head of a request. */
  requestHeadBytesMax: 16 * 1024,
  /** Receiving a request's head. */
  requestHeadMs: 10_000,
  /** Receiving a request, head and body. */
  requestReceiveMs: 30_000,
  /** A client's connection between requests. */
  clientIdleMs: 65_000,
  /** A TLS handshake, and how often the certificate's files are looked at again. */
  tlsHandshakeMs: 10_000,
  certificateLookMs: 2_000,
  /** Nesting of a request body. */
  jsonDepthMax: 64,
  /** A JSON-RPC id that is a string. */
  requestIdBytesMax: 256,
  /** A slug: it prefixes tool names, which model providers cap at 64. */
  slugLengthMax: 32,
  /** A tool's public name (the strictest model provider). */
  toolNameLengthMax: 64,
  /** One service's tools. */
  toolsPerServiceMax: 20_000,
  /** A page of an aggregated list. */
  listPageItems: 1_000,
  /** Pages walked when a service's list is read. */
  listPagesMax: 200,
  /** An upstream's single answer. */
  upstreamResultBytesMax: 16 * 1024 * 1024,
  /** One event of an upstream's event stream. */
  upstreamEventBytesMax: 8 * 1024 * 1024,
  /** An upstream's response head. */
  upstreamHeadBytesMax: 32 * 1024,
  /** The wait before a broken event stream is opened again: doubles from the first to the last. */
  streamRetryMsMin: 1_000,
  streamRetryMsMax: 60_000,
  /** Open connections to one upstream origin. */
  upstreamConnectionsMax: 256,
  /** Finding out which era an upstream speaks. */
  eraProbeMs: 5_000,
  /** A verdict that an upstream is legacy; older ones are checked again. */
  eraVerdictMs: 3_600_000,
  /** Opening a legacy session (a stdio child may install itself first). */
  sessionOpenMs: 60_000,
  /** A legacy session's own small requests (log level, subscriptions). */
  sessionChoreMs: 10_000,
  /** How long a fresh legacy session waits for what its server asks every new client. */
  sessionSettleMs: 1_000,
  /** A parked call waits this long for the user's input. */
  parkedCallMs: 600_000,
  /** Calls of one upstream that wait for input, and those of one caller. */
  parkedCallsPerUpstreamMax: 1_000,
  parkedCallsPerCallerMax: 100,
  /** Questions of an upstream that come this close together are asked together. */
  inputGatherMs: 20,
  /** Views of one snapshot that are kept, one per set of permissions. */
  viewsPerSnapshotMax: 1_000,
  /** The tool's name that a task's id carries. */
  taskToolCharactersMax: 256,
  /** How long a call that became a task may be without an end before it is given up. */
  openTaskMs: 24 * 3_600_000,
  /** Calls that became tasks: how many are read at once, and how often they are looked at. */
  openTasksPageMax: 500,
  openTaskLookMs: 10_000,
  /** Works whose closing record was written lately. */
  closedTasksRememberedMax: 10_000,
  /** Rounds of input in one legacy call. */
  inputRoundsMax: 10,
  /** Messages of one legacy batch. */
  batchMessagesMax: 50,
  /** Legacy sessions of one credential. */
  sessionsPerCredentialMax: 200,
  /** A legacy session without traffic. */
  sessionIdleMs: 3_600_000,
  /** The longest life of a session that a caller makes, and the one it has unless it says. */
  managedSessionLifeMsMax: 7 * 24 * 3_600_000,
  managedSessionLifeMs: 3_600_000,
  /** How often sessions in use are looked through for expired ones, and the database for rows. */
  managedSessionSweepMs: 1_000,
  managedSessionDeleteMs: 10_000,
  /** How long a session is believed to last without asking the store again. */
  managedSessionCacheMs: 2_000,
  /** How often a session that nobody asks for is looked up again. */
  managedSessionRecheckMs: 10_000,
  /** Services a session or bundle may name. */
  namedServicesMax: 100,
  /** Bundles of one tenant. */
  bundlesPerTenantMax: 200,
  /** Tools, prompts and resources of one bundle. */
  bundleItemsMax: 500,
  /** The description of a bundle, or of one thing in it. */
  bundleDescriptionLengthMax: 8_000,
  /** Capability profiles (separate sessions or children) of one legacy upstream. */
  profilesPerUpstreamMax: 8,
  /** Sessions of one caller with a legacy upstream that does not say whose its questions are. */
  exclusiveSessionsMax: 32,
  /** Legacy HTTP sessions of one upstream; each holds a connection for its event stream. */
  sessionsPerUpstreamMax: 128,
  /** Listen streams of one credential. */
  listenStreamsPerCredentialMax: 20,
  /** Listen streams of one tenant; they do not count as its exchanges. */
  listenStreamsPerTenantMax: 20_000,
  /** Resource URIs watched on one listen stream. */
  listenUrisMax: 100,
  /** Bytes queued to one client that does not read. */
  clientQueueBytesMax: 1024 * 1024,
  /** Bytes that all clients together leave unread; beyond it those who leave most are cut. */
  unreadBytesMax: 96 * 1024 * 1024,
  /** How long a client may not read before it is cut. */
  clientStallMs: 30_000,
  /** Bytes queued to one connection (WebSocket, HTTP+SSE, stdio); above it the client is cut. */
  connectionQueueBytesMax: 32 * 1024 * 1024,
  /** Requests in flight on one connection. */
  connectionRequestsMax: 256,
  /** WebSocket and HTTP+SSE connections of one credential. */
  connectionsPerCredentialMax: 50,
  /** The pause between two signs of life on a connection; a peer that misses one is gone. */
  connectionPingMs: 30_000,
  /** A connection on which the client asks for nothing and waits for nothing. */
  connectionIdleMs: 3_600_000,
  /** Exchanges of one tenant at once, listen streams left out. */
  exchangesPerTenantMax: 2_000,
  /** An OpenAPI document, decoded. */
  documentBytesMax: 20 * 1024 * 1024,
  /** An OpenAPI document written in YAML, which is slow to read. */
  yamlBytesMax: 5 * 1024 * 1024,
  /** Nesting of an OpenAPI document. */
  documentDepthMax: 200,
  /** What one YAML alias may expand to, and how many there may be. */
  yamlAliasesMax: 1_000,
  /** Reading a YAML document. */
  yamlParseMs: 10_000,
  /** Compiling an OpenAPI document. */
  documentCompileMs: 20_000,
  /** Heap of the thread that compiles an OpenAPI document. */
  documentWorkerMegabytes: 1_536,
  /** A compiled tool's input schema; above it nested definitions are shortened. */
  toolSchemaBytesMax: 32 * 1024,
  /** A compiled tool's description. */
  toolDescriptionCharactersMax: 1_024,
  /** A description inside a compiled schema. */
  schemaDescriptionCharactersMax: 300,
  /** Tools of one API above which descriptions are kept short. */
  toolsWithFullDescriptionsMax: 200,
  /** A compiled tool's description in a large API. */
  shortToolDescriptionCharactersMax: 350,
  /** A description inside a compiled schema of a large API. */
  shortSchemaDescriptionCharactersMax: 100,
  /** Values of one `enum` in a compiled schema. */
  schemaEnumItemsMax: 1_000,
  /** A `pattern` in a compiled schema. */
  schemaPatternLengthMax: 512,
  /** Nesting of one schema in an API document. */
  schemaDepthMax: 64,
  /** A request body built from tool arguments. */
  toolRequestBodyBytesMax: 16 * 1024 * 1024,
  /** Nesting of a tool argument. */
  toolArgumentDepthMax: 64,
  /** How often one request to an API is sent. */
  apiAttemptsMax: 3,
  /** The longest an API's wish to be asked again later is waited for. */
  apiRetryWaitMs: 10_000,
  /** Calls to an API's origin that got no answer, one after another, before it is left alone. */
  originFailuresMax: 5,
  /** How long an origin is left alone: doubles from the first to the last. */
  originRestMsMin: 5_000,
  originRestMsMax: 60_000,
  /** Calls that an origin's error rate looks back on, and origins of one service. */
  originCallsRememberedMax: 100,
  originsPerServiceMax: 32,
  /** Diagnostics of one document that are shown. */
  documentDiagnosticsMax: 200,
  /** Tools of one API above which its list is called too long for a model. */
  toolsInOneListMax: 40,
  /** Operations that one search of an API answers with, and the length of its query. */
  searchedOperationsMax: 20,
  searchQueryCharactersMax: 500,
  /** Operations of one API that are resources or resource templates. */
  operationResourcesMax: 1_000,
  /** Actions of the overlays of one document, and nodes that one target may select. */
  overlayActionsMax: 1_000,
  overlayNodesMax: 100_000,
  /** A JSONPath: its text, how deep it nests, and a regular expression that it matches with. */
  jsonPathCharactersMax: 2_000,
  jsonPathNestingMax: 20,
  jsonPathPatternCharactersMax: 256,
  /** What one evaluation of a JSONPath looks at, and how deep below the root it goes. */
  jsonPathVisitsMax: 2_000_000,
  jsonPathDepthMax: 200,
  /** An API's answer to one tool call. */
  toolResponseBytesMax: 16 * 1024 * 1024,
  /** The text of one tool result; a longer one is shortened and says so. */
  toolTextCharactersMax: 100_000,
  /** Composite tools of one API, steps of one, and the bytes of answers that its steps keep. */
  compositesPerServiceMax: 100,
  compositeStepsMax: 20,
  compositeResultsBytesMax: 32 * 1024 * 1024,
  /** Long answers whose rest is held for the caller: all, one caller's, and for how long unused. */
  heldAnswersBytesMax: 128 * 1024 * 1024,
  heldAnswersPerCallerBytesMax: 32 * 1024 * 1024,
  heldAnswerMs: 600_000,
  /** The least a service may set as the longest text of its results. */
  toolTextCharactersMin: 2_000,
  /** The longest message whose long numbers keep their digits; in others they are rounded. */
  digitsTextCharactersMax: 256 * 1024,
  /** Headers of one operation's answers that are shown. */
  answerHeadersMax: 32,
  /** Binary content carried inside a tool result. */
  toolBinaryBytesMax: 4 * 1024 * 1024,
  /** A GraphQL schema: SDL text, or the answer to an introspection. */
  graphqlSchemaBytesMax: 8 * 1024 * 1024,
  /** A GraphQL document that a caller wrote, and its lexical tokens. */
  graphqlDocumentBytesMax: 32 * 1024,
  graphqlTokensMax: 4_000,
  /** Nesting of fields in a caller's document. */
  graphqlDepthMax: 12,
  /** Aliases in a caller's document, fragments counted where they are spread. */
  graphqlAliasesMax: 30,
  /** Estimated fields in the answer to a caller's document. */
  graphqlComplexityMax: 10_000,
  /** What one answer of the GraphQL search tools shows. */
  graphqlAnswerCharactersMax: 8_000,
  /** Events of one GraphQL subscription call, and how long it may listen. */
  graphqlEventsMax: 1_000,
  graphqlListenMs: 240_000,
  /** Statements of one SQL service, and parameters of one statement. */
  sqlStatementsMax: 200,
  sqlParametersMax: 100,
  /** Rows of one SQL result, and its bytes as JSON. */
  sqlRowsMax: 1_000,
  sqlResultBytesMax: 1024 * 1024,
  /** Bytes a database may send for one statement. */
  sqlWireBytesMax: 32 * 1024 * 1024,
  /** One SQL statement from its start to its last row. */
  sqlStatementMs: 15_000,
  /** Connections of one SQL service, and how long an unused one is kept. */
  sqlConnectionsMax: 4,
  sqlIdleMs: 30_000,
  /** A path inside a root of a file service, and its segments. */
  filePathLengthMax: 1_024,
  filePathSegmentsMax: 64,
  /** A file that is read, and one that is written. */
  fileReadBytesMax: 4 * 1024 * 1024,
  fileWriteBytesMax: 2 * 1024 * 1024,
  /** Entries of one listing, and files offered as resources. */
  fileEntriesMax: 1_000,
  fileResourcesMax: 1_000,
  /** What one search looks at, and what it returns. */
  fileSearchFilesMax: 5_000,
  fileSearchBytesMax: 64 * 1024 * 1024,
  fileSearchMatchesMax: 200,
  fileSearchMs: 10_000,
  /** Usage records waiting to become durable. */
  usageQueueMax: 50_000,
  /** A method or tool name in a usage record; a longer one is cut. */
  usageTextCharactersMax: 1_024,
  /** One usage record as a line of the log. */
  usageLineCharactersMax: 64 * 1024,
  /** Usage records written together. */
  usageGroupCharactersMax: 128 * 1024,
  /** One file of the usage log; it is laid out whole before it is written to. */
  usageSegmentBytes: 4 * 1024 * 1024,
  /** Usage records that are durable but not yet in the store. */
  usageBacklogBytesMax: 1024 * 1024 * 1024,
  /** How often durable usage records are moved into the store. */
  usageDrainMs: 1_000,
  /** Usage records moved at once. */
  usageDrainBytes: 1024 * 1024,
  /** The wait after the disk or the store failed: doubles from the first to the last. */
  usageRetryMsMin: 100,
  usageRetryMsMax: 5_000,
  /** Time between two syncs of the usage log in `standard` durability. */
  usageSyncMs: 50,
  /** How long a job is its holder's without being renewed, and how often it is renewed. */
  leaseLifeMs: 8_000,
  leaseRenewMs: 2_000,
  /** The same where no other instance can be, and each renewal is a write to a quiet disk. */
  leaseAloneLifeMs: 60_000,
  leaseAloneRenewMs: 20_000,
  /** One run of a job, and the pause after one that failed: doubles from the first to the last. */
  jobRunMs: 60_000,
  jobRetryMsMin: 250,
  jobRetryMsMax: 30_000,
  /** How often an instance asks what others changed: what lately, and at times everything. */
  versionPollMs: 500,
  versionLookBackMs: 600_000,
  versionReadAllMs: 60_000,
  /** An event for other instances, as text; a longer one only tells them to look. */
  eventBytesMax: 7_900,
  /** Events for other instances that wait to be sent. */
  eventQueueMax: 1_000,
  /** The wait before a lost event connection is opened again: doubles from first to last. */
  eventRetryMsMin: 250,
  eventRetryMsMax: 15_000,
  /** Keys of a key ring, and the name of one. */
  ringKeysMax: 8,
  ringKeyIdLengthMax: 8,
  /** The id of a node. */
  nodeIdLengthMax: 64,
  /** Waiting for another process that holds the embedded database. */
  databaseBusyMs: 5_000,
  /** Connections of one gateway to PostgreSQL. */
  databaseConnectionsMax: 200,
  /** A PostgreSQL connection that nobody uses is closed after this long. */
  databaseIdleMs: 30_000,
  /** How much longer than its own limit a statement of PostgreSQL is waited for. */
  databaseGraceMs: 5_000,
  /** A transaction on PostgreSQL that does nothing meanwhile. */
  databaseIdleInTransactionMs: 30_000,
  /** Bringing the tables of PostgreSQL up to date, and waiting for another gateway that does. */
  databaseMigrationMs: 600_000,
  /** How often a transaction that loses against others is tried. */
  transactionTriesMax: 8,
  /** The longest wait before the second try of a transaction; it grows with every try. */
  transactionRetryMs: 20,
  /** Results kept by the cache together, and one of them. */
  cacheBytesMax: 64 * 1024 * 1024,
  cacheEntryBytesMax: 4 * 1024 * 1024,
  /** The longest a service's word on how long its result is fresh is believed. */
  cacheTtlMsMax: 3_600_000,
  /** How long a result that is no longer fresh may stand in for a service that fails. */
  cacheStaleMs: 600_000,
  /** Services asked, one after the other, for something that none of them lists. */
  candidatesMax: 16,
  /** In-flight calls at shutdown. */
  drainMs: 25_000,
  /** Services of one tenant. */
  servicesPerTenantMax: 500,
  /** Rows of one page on the control plane. */
  apiPageRowsMax: 500,
  /** Wrong fields named in one answer of the control plane. */
  apiFieldErrorsMax: 20,
  /** A name or title a person gives. */
  titleLengthMax: 200,
  /** One secret's value. */
  secretLengthMax: 16 * 1024,
  /** Secrets of one service. */
  secretsPerServiceMax: 64,
  /** A configuration value longer than this is not shown again. */
  configShownCharactersMax: 8 * 1024,
  ...auditLimits,
  ...guardLimits,
  ...identityLimits,
  ...policyLimits,
  ...privacyLimits,
  ...vaultLimits,
  ...waitLimits,
  ...signInLimits,
  ...taskLimits,
  ...stdioLimits,
  ...chatLoopLimits,
  ...toolSearchLimits,
  ...chatToolLimits,
  ...billingLimits,
  ...chatLimits,
  ...webhookLimits,
  ...modelLimits,
} as const;
