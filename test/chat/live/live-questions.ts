/** A question to a real model over the example services, and what must come of it. */
export interface LiveQuestion {
  readonly id: string;
  readonly text: string;
  /** Tools that must be called, with no others but those of `mayCall`. */
  readonly mustCall: readonly string[];
  readonly mayCall?: readonly string[];
  /** What the answer must say. */
  readonly says: RegExp;
}

/** Few, because somebody pays for them; each tries another thing that chats must do. */
export const liveQuestions: readonly LiveQuestion[] = [
  {
    id: 'one tool',
    text: 'What does the product green-tea cost, in cents?',
    mustCall: [],
    mayCall: ['orders__getProduct', 'orders__listProducts'],
    says: /750|7[.,]50/,
  },
  {
    id: 'arguments',
    text: 'Which meeting rooms are free on 2027-03-01 for 40 people?',
    mustCall: ['rooms__find-rooms'],
    says: /great hall/i,
  },
  {
    id: 'approval',
    text: 'Order two packs of green-tea for the customer Ada, and tell me the total.',
    mustCall: ['orders__placeOrder'],
    mayCall: ['orders__getProduct', 'orders__listProducts'],
    says: /1[.,]?500|15[.,]00|\b15\b/,
  },
  {
    id: 'an error of a tool',
    text: 'What is the status of order 999999999?',
    mustCall: ['orders__getOrder'],
    mayCall: ['orders__listOrders'],
    says: /no(t| such)|n't|unknown|exist/i,
  },
  {
    id: 'several tools',
    text: 'Is the Library free on 2027-03-02 for 6 people, and how many kinds of tea are sold?',
    mustCall: ['rooms__find-rooms', 'orders__listProducts'],
    says: /library/i,
  },
  {
    id: 'no tool',
    text: 'Answer without any tool: what is 17 plus 25?',
    mustCall: [],
    says: /\b42\b/,
  },
];
