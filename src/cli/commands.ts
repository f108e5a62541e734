import type { Command } from './command.ts';

/** All commands by name, in the order help lists them; each is loaded when it is asked for. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  stdio: async () => (await import('./stdio.ts')).stdio,
  service: async () => (await import('./service.ts')).service,
  users: async () => (await import('./users.ts')).users,
  key: async () => (await import('./key.ts')).key,
  keys: async () => (await import('./keys.ts')).keys,
  vault: async () => (await import('./vault/vault.ts')).vault,
  'reset-password': async () => (await import('./accounts/reset-password.ts')).resetPassword,
  usage: async () => (await import('./usage.ts')).usage,
  billing: async () => (await import('./billing/billing.ts')).billing,
  chat: async () => (await import('./chat/chat.ts')).chat,
  models: async () => (await import('./models/models.ts')).models,
  agents: async () => (await import('./agents/agents.ts')).agents,
  generate: async () => (await import('./generate.ts')).generate,
  audit: async () => (await import('./audit/audit.ts')).audit,
  privacy: async () => (await import('./privacy/privacy.ts')).privacy,
  migrate: async () => (await import('./migrate.ts')).migrate,
  config: async () => (await import('./config.ts')).configCommand,
  doctor: async () => (await import('./doctor.ts')).doctor,
  version: async () => (await import('./version.ts')).version,
};
