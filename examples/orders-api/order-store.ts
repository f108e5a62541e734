import { DatabaseSync } from 'node:sqlite';

export const categories = ['coffee', 'tea', 'equipment'] as const;
export const deliveries = ['standard', 'express', 'pickup'] as const;
export const statuses = ['pending', 'paid', 'shipped', 'cancelled'] as const;

export type Category = (typeof categories)[number];
export type Delivery = (typeof deliveries)[number];
export type Status = (typeof statuses)[number];

/** Something to buy. Prices are in cents. */
export interface Product {
  readonly id: string;
  readonly name: string;
  readonly category: Category;
  readonly priceCents: number;
  readonly stock: number;
}

/** One position of an order. */
export interface Item {
  readonly productId: string;
  readonly quantity: number;
}

/** What a customer orders. */
export interface OrderInput {
  readonly customer: string;
  readonly delivery: Delivery;
  readonly items: readonly Item[];
  readonly note: string | null;
}

/** A placed order. */
export interface Order extends OrderInput {
  readonly id: number;
  readonly status: Status;
  readonly totalCents: number;
  readonly placedAt: string;
}

/** Why an order was refused. */
export type Refusal = { readonly refused: 'unknown_product' | 'out_of_stock'; productId: string };

const schema = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS products (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL,
    priceCents INTEGER NOT NULL, stock INTEGER NOT NULL CHECK (stock >= 0)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, customer TEXT NOT NULL, delivery TEXT NOT NULL, items TEXT NOT NULL,
    note TEXT, status TEXT NOT NULL, totalCents INTEGER NOT NULL, placedAt TEXT NOT NULL,
    idempotencyKey TEXT UNIQUE
  ) STRICT;
  INSERT OR IGNORE INTO products VALUES
    ('espresso-beans', 'Espresso beans, 1 kg', 'coffee', 1890, 500),
    ('filter-coffee', 'Filter coffee, 500 g', 'coffee', 990, 500),
    ('green-tea', 'Green tea, 100 g', 'tea', 750, 500),
    ('hand-grinder', 'Hand grinder', 'equipment', 8900, 40),
    ('kettle', 'Gooseneck kettle', 'equipment', 6450, 0);
`;

/** Products and orders in one SQLite file. */
export class OrderStore {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(schema);
  }

  close(): void {
    this.#database.close();
  }

  products(category: readonly string[], maxPriceCents: number): readonly Product[] {
    return this.#products('SELECT * FROM products WHERE priceCents <= ? ORDER BY id', [
      maxPriceCents,
    ]).filter((product) => category.length === 0 || category.includes(product.category));
  }

  product(id: string): Product | undefined {
    return this.#products('SELECT * FROM products WHERE id = ?', [id])[0];
  }

  orders(status: readonly string[], customer: string | null, limit: number): readonly Order[] {
    const rows = this.#orders('SELECT * FROM orders ORDER BY id DESC', []);
    return rows
      .filter((row) => status.length === 0 || status.includes(row.status))
      .filter((row) => customer === null || row.customer === customer)
      .slice(0, limit)
      .map(toOrder);
  }

  order(id: number): Order | undefined {
    return this.#orders('SELECT * FROM orders WHERE id = ?', [id]).map(toOrder)[0];
  }

  /** Places the order and takes its stock; the same key gives the same order again. */
  place(input: OrderInput, key: string | null): Order | Refusal {
    return this.#transaction(() => {
      const before =
        key === null ? [] : this.#orders('SELECT * FROM orders WHERE idempotencyKey = ?', [key]);
      if (before[0] !== undefined) return toOrder(before[0]);
      let totalCents = 0;
      for (const { productId, quantity } of input.items) {
        const product = this.product(productId);
        if (product === undefined) return { refused: 'unknown_product', productId };
        if (product.stock < quantity) return { refused: 'out_of_stock', productId };
        this.#run('UPDATE products SET stock = stock - ? WHERE id = ?', [quantity, productId]);
        totalCents += product.priceCents * quantity;
      }
      const { customer, delivery, items, note } = input;
      const id = this.#run(
        `INSERT INTO orders (customer, delivery, items, note, status, totalCents, placedAt,
         idempotencyKey) VALUES (?, ?, ?, ?, 'pending', ?, ?, ?)`,
        [
          customer,
          delivery,
          JSON.stringify(items),
          note,
          totalCents,
          new Date().toISOString(),
          key,
        ],
      );
      return this.order(id) as Order;
    });
  }

  /** Changes status or note; `undefined` leaves one as it is. */
  change(
    id: number,
    status: Status | undefined,
    note: string | null | undefined,
  ): Order | undefined {
    if (status !== undefined) this.#run('UPDATE orders SET status = ? WHERE id = ?', [status, id]);
    if (note !== undefined) this.#run('UPDATE orders SET note = ? WHERE id = ?', [note, id]);
    return this.order(id);
  }

  /** Cancels the order and gives its stock back. */
  cancel(order: Order): void {
    this.#transaction(() => {
      this.#run(`UPDATE orders SET status = 'cancelled' WHERE id = ?`, [order.id]);
      for (const { productId, quantity } of order.items) {
        this.#run('UPDATE products SET stock = stock + ? WHERE id = ?', [quantity, productId]);
      }
      return undefined;
    });
  }

  #products(sql: string, values: readonly SqlValue[]): readonly Product[] {
    return this.#database.prepare(sql).all(...values) as unknown as Product[];
  }

  #orders(sql: string, values: readonly SqlValue[]): readonly OrderRow[] {
    return this.#database.prepare(sql).all(...values) as unknown as OrderRow[];
  }

  #run(sql: string, values: readonly SqlValue[]): number {
    return Number(this.#database.prepare(sql).run(...values).lastInsertRowid);
  }

  /** Keeps what the action did unless it refused. */
  #transaction<Result>(action: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE');
    let kept = false;
    try {
      const result = action();
      kept = !(typeof result === 'object' && result !== null && 'refused' in result);
      return result;
    } finally {
      this.#database.exec(kept ? 'COMMIT' : 'ROLLBACK');
    }
  }
}

type SqlValue = string | number | null;

type OrderRow = Omit<Order, 'items'> & { readonly items: string };

function toOrder({
  id,
  customer,
  delivery,
  items,
  note,
  status,
  totalCents,
  placedAt,
}: OrderRow): Order {
  return {
    id,
    customer,
    delivery,
    items: JSON.parse(items) as Item[],
    note,
    status,
    totalCents,
    placedAt,
  };
}
