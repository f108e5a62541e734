import assert from 'node:assert/strict';
import { MARKER, worldServices } from './items.ts';
import type { TestedView } from './tested-views.ts';

/** One cell: what is tried, where and by whom. */
export interface Cell {
  readonly door: string;
  readonly method: string;
  readonly view: TestedView;
  /** What the request names; it may be repeated in the answer. */
  readonly name?: string;
}

/** What a refusal is compared with: everything but the name that was asked for. */
export function withoutName(value: unknown, name: string | undefined): string {
  const text = JSON.stringify(value ?? null);
  return name === undefined || name === '' ? text : text.replaceAll(name, '…');
}

/** The markers in a text, and the slugs of services. */
export function markersIn(text: string): ReadonlySet<string> {
  const slugs = worldServices.map(({ slug }) => slug).filter((slug) => text.includes(slug));
  return new Set([...(text.match(MARKER) ?? []), ...slugs]);
}

/** Counts the cells of (door × method × view), and keeps what was wrong in them. */
export class Matrix {
  readonly #doors = new Set<string>();
  readonly #methods = new Set<string>();
  readonly #views = new Set<string>();
  readonly wrong: string[] = [];
  /** Cells that had to show something, and cells that had to refuse or hide something. */
  shown = 0;
  refused = 0;
  leaks = 0;

  /** Counts a cell that must show what it names. */
  show(cell: Cell, check: () => void): void {
    this.shown++;
    this.#check(cell, check);
  }

  /** Counts a cell that must refuse, or leave something out. */
  refuse(cell: Cell, check: () => void): void {
    this.refused++;
    this.#check(cell, check);
  }

  /** Notes every marker in a whole answer that the view must not show. */
  search(cell: Cell, text: string): void {
    const allowed = cell.view.oracle.markers;
    const rest = cell.name === undefined ? text : text.replaceAll(cell.name, '…');
    const leaked = [...markersIn(rest)].filter((marker) => !allowed.has(marker));
    if (leaked.length === 0) return;
    this.leaks++;
    this.wrong.push(`${titleOf(cell)} shows ${leaked.join(', ')}: ${rest.slice(0, 400)}`);
  }

  /** Asserts that nothing was wrong and that enough was tried; says what was tried. */
  finish(minimum: {
    readonly cells: number;
    readonly doors: number;
    readonly methods: readonly string[];
    readonly views: number;
  }): string {
    const { shown, refused, leaks, wrong } = this;
    assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} cells are wrong, ${leaks} leak`);
    assert.ok(Math.min(shown, refused) >= minimum.cells, `${shown} shown, ${refused} refused`);
    assert.equal(this.#doors.size, minimum.doors, 'every door was seen');
    assert.equal(this.#views.size, minimum.views, 'every view was seen');
    const missing = minimum.methods.filter((method) => !this.#methods.has(method));
    assert.deepEqual(missing, [], 'every method was seen');
    return (
      `${this.#doors.size} doors, ${this.#methods.size} methods, ${this.#views.size} views, ` +
      `${shown + refused} cells (${shown} shown, ${refused} refused), ${leaks} leaks`
    );
  }

  #check(cell: Cell, check: () => void): void {
    this.#doors.add(cell.door);
    this.#methods.add(cell.method);
    this.#views.add(cell.view.name);
    try {
      check();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.wrong.push(`${titleOf(cell)}: ${text.slice(0, 600)}`);
    }
  }
}

function titleOf({ view, door, method, name = '' }: Cell): string {
  return `[${view.name}] ${door} ${method} ${name}`;
}
