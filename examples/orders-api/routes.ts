import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, Problem, readJson } from './http.ts';
import {
  categories,
  deliveries,
  statuses,
  type Item,
  type Order,
  type OrderInput,
  type OrderStore,
} from './order-store.ts';

/** One request on its way through the routes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly store: OrderStore;
}

type Handler = (exchange: Exchange, id: string) => void | Promise<void>;

/** Every operation: method, path and what it does. */
export const routes: readonly { method: string; path: RegExp; handle: Handler }[] = [
  { method: 'GET', path: /^\/products$/, handle: listProducts },
  { method: 'GET', path: /^\/products\/([^/]+)$/, handle: getProduct },
  { method: 'GET', path: /^\/orders$/, handle: listOrders },
  { method: 'POST', path: /^\/orders$/, handle: placeOrder },
  { method: 'GET', path: /^\/orders\/([^/]+)$/, handle: getOrder },
  { method: 'PATCH', path: /^\/orders\/([^/]+)$/, handle: changeOrder },
  { method: 'DELETE', path: /^\/orders\/([^/]+)$/, handle: cancelOrder },
];

function listProducts({ response, url, store }: Exchange): void {
  const category = url.searchParams
    .getAll('category')
    .map((text) => oneOf(categories, text, 'category'));
  const maximum = wholeNumber(url.searchParams.get('maxPriceCents'), 'maxPriceCents', 0, 1e9, 1e9);
  answer(response, 200, { products: store.products(category, maximum) });
}

function getProduct({ response, store }: Exchange, id: string): void {
  const product = store.product(id);
  if (product === undefined) throw new Problem(404, `There is no product ${id}.`);
  answer(response, 200, product);
}

function listOrders({ response, url, store }: Exchange): void {
  const status = url.searchParams.getAll('status').map((text) => oneOf(statuses, text, 'status'));
  const limit = wholeNumber(url.searchParams.get('limit'), 'limit', 1, 100, 20);
  answer(response, 200, { orders: store.orders(status, url.searchParams.get('customer'), limit) });
}

async function placeOrder({ request, response, store }: Exchange): Promise<void> {
  const input = orderInput(await readJson(request));
  const key = request.headers['idempotency-key'];
  const placed = store.place(input, typeof key === 'string' ? key : null);
  if ('refused' in placed) {
    const reason = placed.refused === 'out_of_stock' ? 'is out of stock' : 'does not exist';
    throw new Problem(409, `Product ${placed.productId} ${reason}.`);
  }
  response.setHeader('location', `/orders/${placed.id}`);
  const minimal = request.headers['prefer'] === 'return=minimal';
  answer(response, 201, minimal ? { id: placed.id } : placed);
}

function getOrder({ response, store }: Exchange, id: string): void {
  answer(response, 200, knownOrder(store, id));
}

async function changeOrder({ request, response, store }: Exchange, id: string): Promise<void> {
  const order = knownOrder(store, id);
  const { status, note } = await readJson(request);
  const wanted = status === undefined ? undefined : oneOf(statuses, status, 'status');
  if (wanted !== undefined && order.status === 'cancelled') {
    throw new Problem(409, 'A cancelled order stays cancelled.');
  }
  if (wanted === 'cancelled') throw new Problem(422, 'Cancel an order by deleting it.');
  answer(
    response,
    200,
    store.change(order.id, wanted, note === undefined ? undefined : noteText(note)),
  );
}

function cancelOrder({ response, store }: Exchange, id: string): void {
  const order = knownOrder(store, id);
  if (order.status === 'shipped') throw new Problem(409, 'A shipped order cannot be cancelled.');
  if (order.status !== 'cancelled') store.cancel(order);
  answer(response, 204);
}

function knownOrder(store: OrderStore, id: string): Order {
  const order = /^\d{1,15}$/.test(id) ? store.order(Number(id)) : undefined;
  if (order === undefined) throw new Problem(404, `There is no order ${id}.`);
  return order;
}

function orderInput(body: Record<string, unknown>): OrderInput {
  const { customer, delivery = 'standard', items, note = null } = body;
  if (typeof customer !== 'string' || customer.trim() === '') {
    throw new Problem(422, 'customer must be a name.');
  }
  if (!Array.isArray(items) || items.length === 0 || items.length > 50) {
    throw new Problem(422, 'items must list 1 to 50 positions.');
  }
  return {
    customer,
    delivery: oneOf(deliveries, delivery, 'delivery'),
    items: items.map(orderItem),
    note: noteText(note),
  };
}

function orderItem(value: unknown): Item {
  const { productId, quantity } = (value ?? {}) as Partial<Record<string, unknown>>;
  const whole = typeof quantity === 'number' && Number.isInteger(quantity);
  if (typeof productId !== 'string' || !whole || quantity < 1 || quantity > 1_000) {
    throw new Problem(422, 'Each position needs a productId and a quantity from 1 to 1000.');
  }
  return { productId, quantity };
}

function noteText(value: unknown): string | null {
  if (value === null || (typeof value === 'string' && value.length <= 500)) return value;
  throw new Problem(422, 'note must be null or text of at most 500 characters.');
}

function oneOf<Word extends string>(words: readonly Word[], value: unknown, name: string): Word {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new Problem(422, `${name} must be one of ${words.join(', ')}.`);
  return found;
}

function wholeNumber(
  text: string | null,
  name: string,
  minimum: number,
  maximum: number,
  fallback: number,
): number {
  if (text === null) return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
  throw new Problem(422, `${name} must be a whole number from ${minimum} to ${maximum}.`);
}
