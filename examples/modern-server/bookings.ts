/** The rooms of the house. */
export const rooms: readonly { readonly name: string; readonly seats: number }[] = [
  { name: 'Attic', seats: 4 },
  { name: 'Library', seats: 8 },
  { name: 'Orangery', seats: 14 },
  { name: 'Great hall', seats: 50 },
];

/** Who has which room; kept while the server runs. */
export class Bookings {
  readonly #taken = new Set<string>();

  /** True when the room exists and nobody has it that day. */
  isFree(room: string, day: string): boolean {
    return rooms.some(({ name }) => name === room) && !this.#taken.has(`${day} ${room}`);
  }

  book(room: string, day: string): void {
    this.#taken.add(`${day} ${room}`);
  }
}
