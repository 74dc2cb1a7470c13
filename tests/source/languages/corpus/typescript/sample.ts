import { Injectable, Controller, Get } from '@nestjs/common';
import type { Repository } from './repository';
import fs = require('fs');

export type Price = { cents: number; currency: Currency };
export enum Currency {
  Euro = 'EUR',
  Dollar = 'USD',
}
declare const VERSION: string;
export const LIMITS: Record<string, number> = { page: 50 };

/** Anything that can be sold. */
export interface Sellable<T = unknown> extends Named {
  readonly price: Price;
  discount?(percent: number): Price;
  onSale: (item: T) => void;
}

export namespace Pricing {
  /** Adds two prices. */
  export function add(a: Price, b: Price): Price {
    return { ...a, cents: a.cents + b.cents };
  }
}

export abstract class Base<T> implements Sellable<T> {
  static readonly kind: string = 'base';
  private cache = new Map<string, Price>();
  abstract price: Price;

  constructor(protected readonly repository: Repository) {}

  abstract describe(): string;

  @Memoize()
  protected total(items: T[]): Price {
    return items.map((item) => this.priceOf(item)).reduce(Pricing.add);
  }

  get empty(): boolean {
    return this.cache.size === 0;
  }
}

@Controller('items')
export class ItemController {
  constructor(private readonly service: ItemService) {}

  @Get(':id')
  findOne(id: string): Promise<Sellable> {
    return this.service.find(id as ItemId);
  }
}

@Injectable()
class ItemService extends Base<Item> {
  describe(): string {
    return `service ${VERSION}`;
  }
}

export function parse(text: string): Price;
export function parse(text: number): Price;
export function parse(text: unknown): Price {
  return { cents: Number(text), currency: Currency.Euro };
}

export const load = async <T>(path: string): Promise<T> => JSON.parse(fs.readFileSync(path, 'utf8'));

declare module 'legacy' {
  export function old(): void;
}

test.each([1, 2])('adds %i', (n) => {
  expect(parse(n)).toBeDefined();
});
it.only('parses', () => {});
