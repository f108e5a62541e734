import { itemNamed, type Item } from './items.ts';

/** A bundle of the world under test; its texts are markers. */
export interface WorldBundle {
  readonly slug: string;
  readonly title: string;
  /** What it says of itself as a whole; it names everything it holds. */
  readonly description: string;
  readonly items: readonly {
    readonly item: Item;
    /** The name it has here, and the marker in it. */
    readonly as?: string;
    readonly marker?: string;
  }[];
}

const renamed = (item: Item, marker: string): WorldBundle['items'][number] => ({
  item,
  as: `renamed_${marker}`,
  marker,
});

/** A bundle of much, one of two tools, and one of what few may see. */
export const worldBundles: readonly WorldBundle[] = [
  {
    slug: 'desk',
    title: 'zq500',
    description: 'zq501',
    items: [
      renamed(itemNamed('orders', 'get_order_'), 'zq510'),
      { item: itemNamed('orders', 'cancel_order') },
      renamed(itemNamed('mail', 'send_mail'), 'zq511'),
      renamed(itemNamed('vault', 'get_secret'), 'zq512'),
      renamed(itemNamed('orders', 'greet'), 'zq513'),
      { item: itemNamed('mail', 'explain') },
      { item: itemNamed('orders', 'orders://open') },
      { item: itemNamed('orders', 'orders://things') },
      { item: itemNamed('mail', 'shared://doc') },
      { item: itemNamed('vault', 'vault://open') },
    ],
  },
  {
    slug: 'pair',
    title: 'zq502',
    description: 'zq503',
    items: [
      { item: itemNamed('orders', 'get_order_') },
      renamed(itemNamed('orders', 'get_orders_'), 'zq514'),
    ],
  },
  {
    slug: 'safe',
    title: 'zq504',
    description: 'zq505',
    items: [renamed(itemNamed('vault', 'open_door'), 'zq515')],
  },
];
