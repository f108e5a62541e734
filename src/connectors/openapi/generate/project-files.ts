import { readFileSync } from 'node:fs';
import type { Variable } from './ejected-settings.ts';

/** What the project's own files are written from. */
export interface ProjectDescription {
  /** A safe name: lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly tools: number;
  /** True when the document says where the API is. */
  readonly isPlaced: boolean;
  readonly variables: readonly Variable[];
}

const RUNTIME = [
  '@modelcontextprotocol/node',
  '@modelcontextprotocol/server',
  'json-p3',
  'oauth4webapi',
  're2js',
];
const TOOLS = ['@types/node', 'typescript'];
const MANIFEST = new URL('../../../../package.json', import.meta.url);

interface Manifest {
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The files at the root of an ejected server. Nothing in them is a text of the document. */
export function projectFiles(project: ProjectDescription): ReadonlyMap<string, string> {
  return new Map([
    ['package.json', `${JSON.stringify(manifest(project), null, 2)}\n`],
    ['tsconfig.json', `${JSON.stringify(compilerSettings, null, 2)}\n`],
    ['README.md', readme(project)],
    ['.gitignore', 'node_modules/\ndist/\n.env\n'],
  ]);
}

function manifest({ name }: ProjectDescription): object {
  const { engines, dependencies, devDependencies } = JSON.parse(
    readFileSync(MANIFEST, 'utf8'),
  ) as Manifest;
  const versions = { ...dependencies, ...devDependencies };
  const pinned = (names: readonly string[]): object =>
    Object.fromEntries(names.map((each) => [each, versions[each]]));
  return {
    name,
    version: '1.0.0',
    private: true,
    type: 'module',
    exports: { '.': './src/operations/index.ts', './open-service': './src/open-service.ts' },
    scripts: {
      start: 'node src/main.ts',
      'start:http': 'node src/main.ts --http',
      types: 'tsc --noEmit',
      build: 'tsc',
    },
    dependencies: pinned(RUNTIME),
    devDependencies: pinned(TOOLS),
    engines,
  };
}

const compilerSettings = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable', 'esnext.collection', 'esnext.iterator', 'esnext.array'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noImplicitOverride: true,
    noImplicitReturns: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    skipLibCheck: true,
    rootDir: 'src',
    outDir: 'dist',
  },
  include: ['src'],
};

function readme({ name, tools, isPlaced, variables }: ProjectDescription): string {
  const base = isPlaced ? "takes the place of the document's servers" : 'where the API is; needed';
  const rows = [
    ['BASE_URL', base],
    ...variables.map((each) => [each.name, each.meaning]),
    ['PORT', 'port of the HTTP server, 3000 unless set'],
    ['HOST', 'address of the HTTP server, 127.0.0.1 unless set'],
    ['AUTH_TOKEN', 'bearer token that HTTP clients must send; needed on any other address'],
    ['ALLOWED_HOSTS', 'names, separated by commas, that HTTP clients may call the server by'],
  ].map(([variable, meaning]) => `| \`${variable}\` | ${meaning} |`);
  return `# ${name}

An MCP server with ${tools} ${tools === 1 ? 'operation' : 'operations'} of an HTTP API.

## Run

\`\`\`sh
npm install
npm start              # MCP over stdio
npm run start:http     # MCP over streamable HTTP, at /mcp
\`\`\`

It runs on Node 24 as it is; \`npm run build\` compiles it to \`dist\`. A client that starts it over
stdio runs \`node src/main.ts\` in this folder.

## Environment

| variable | meaning |
|---|---|
${rows.join('\n')}

Credentials are sent to the API's own origin only. The names of security schemes stand in
\`data/service.json\`.

## Use from code

\`\`\`ts
import { openService } from './src/open-service.ts';
import * as operations from './src/operations/index.ts';

const service = openService(process.env);
\`\`\`

Every operation is a function that takes the service and its typed arguments.

## Files

- \`data/\`: everything that came from the API's document, as data.
- \`src/operations/\`: a typed function per operation.
- \`src/gateway/\`: files of MCP Gateway (Apache-2.0, see \`src/gateway/LICENSE\`).
`;
}
