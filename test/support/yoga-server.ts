import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga, Repeater } from 'graphql-yoga';
import { WebSocketServer } from 'ws';

/** What a parent process is told once the server listens. */
export interface YogaGreeting {
  readonly port: number;
}

const typeDefs = /* GraphQL */ `
  scalar BigInt
  scalar DateTime
  enum Genre {
    NOVEL
    POETRY
  }
  type Author {
    id: ID!
    name: String!
    books: [Book!]!
  }
  type Book {
    id: ID!
    title: String!
    genre: Genre!
    author: Author!
    copies: BigInt!
    lastSold: DateTime
  }
  union Found = Author | Book
  input BookInput {
    title: String!
    genre: Genre = NOVEL
    authorId: ID!
    copies: BigInt
  }
  type Query {
    "One book by its id."
    book(id: ID!): Book
    "Books, newest first."
    books(first: Int = 10, genre: Genre): [Book!]!
    find(text: String!): [Found!]!
    whoAmI: String
    broken: String
  }
  type Mutation {
    "Adds a book."
    addBook(input: BookInput!): Book!
  }
  type Subscription {
    "Counts from 1, forever or up to a number."
    count(to: Int, delayMs: Int = 1): Int!
    bookAdded: Book!
  }
`;

interface StoredBook {
  readonly id: string;
  readonly title: string;
  readonly genre: string;
  readonly authorId: string;
  readonly copies: string;
}

interface Context {
  readonly request?: Request;
  readonly extra?: { readonly request: { readonly headers: Record<string, string | undefined> } };
  readonly connectionParams?: { readonly pass?: string };
}

function resolvers() {
  const authors = [{ id: '1', name: 'Ada' }];
  // Above what a JS number holds.
  const copies = '9007199254740993';
  const books: StoredBook[] = [
    { id: '1', title: 'Notes', genre: 'NOVEL', authorId: '1', copies },
    { id: '2', title: 'Verses', genre: 'POETRY', authorId: '1', copies: '12' },
  ];
  const added = createPubSub<{ bookAdded: [StoredBook] }>();
  const count = (_: unknown, { to, delayMs }: { to?: number; delayMs: number }) =>
    new Repeater<{ count: number }>(async (push, stop) => {
      let stopped = false;
      void stop.then(() => (stopped = true));
      for (let value = 1; !stopped && value <= (to ?? Infinity); value += 1) {
        await push({ count: value });
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
      stop();
    });
  return {
    Found: { __resolveType: (value: object) => ('title' in value ? 'Book' : 'Author') },
    Author: { books: () => books },
    Book: { author: () => authors[0], lastSold: () => '2026-11-20T10:00:00.123456Z' },
    Query: {
      book: (_: unknown, { id }: { id: string }) => books.find((book) => book.id === id),
      books: (_: unknown, { first, genre }: { first: number; genre?: string }) =>
        books.filter((book) => genre === undefined || book.genre === genre).slice(0, first),
      find: () => [authors[0], books[0]],
      whoAmI: (_: unknown, __: unknown, { request }: Context) =>
        request?.headers.get('authorization') ?? null,
      broken: () => {
        throw new GraphQLError('the shelf is empty');
      },
    },
    Mutation: {
      addBook: (_: unknown, { input }: { input: Omit<StoredBook, 'id'> }) => {
        const book = { id: String(books.length + 1), ...input, copies: input.copies ?? '0' };
        books.push(book);
        added.publish('bookAdded', book);
        return book;
      },
    },
    Subscription: {
      count: { subscribe: count },
      bookAdded: {
        subscribe: () => added.subscribe('bookAdded'),
        resolve: (book: StoredBook) => book,
      },
    },
  };
}

/** Starts a GraphQL server for queries and mutations by HTTP and subscriptions by WebSocket. */
export function startYoga(listening: (greeting: YogaGreeting) => void): void {
  const yoga = createYoga({
    schema: createSchema({ typeDefs, resolvers: resolvers() }),
    logging: false,
    maskedErrors: false,
  });
  const server = createServer((request, response) => void yoga(request, response));
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  const schema = createSchema({ typeDefs, resolvers: resolvers() });
  const onConnect = ({ connectionParams }: Context): boolean => connectionParams?.pass !== 'wrong';
  useServer({ schema, onConnect: onConnect as never }, sockets);
  server.listen(0, '127.0.0.1', () => {
    listening({ port: (server.address() as AddressInfo).port });
  });
}

if (import.meta.main && process.send !== undefined) {
  startYoga((greeting) => process.send?.(greeting));
  process.on('disconnect', () => process.exit());
}
