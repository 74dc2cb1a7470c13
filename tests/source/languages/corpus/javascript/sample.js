#!/usr/bin/env node
'use strict';

import express, { Router } from 'express';
import * as storage from './storage.js';
import { formatPrice as format } from './prices.js';

const cors = require('cors');

/** How many items a page holds. */
export const PAGE_SIZE = 50;
const app = express(), router = Router();
let counter = 0;

/**
 * A shelf of items.
 */
export class Shelf extends EventTarget {
  static MAX = 10;
  #items = [];
  onChange = (event) => this.dispatchEvent(event);

  constructor(name) {
    super();
    this.name = name;
  }

  // Adds one item.
  add(item) {
    if (this.#items.length >= Shelf.MAX) throw new ShelfFull(item);
    this.#items.push(item);
    return this;
  }

  get size() {
    return this.#items.length;
  }

  static async load(name) {
    const rows = await storage.fetchRows(name, PAGE_SIZE);
    return rows.map(toItem);
  }
}

function toItem(row) {
  const helper = (text) => text.trim();
  return { ...row, label: helper(format(row.price)) };
}

export const byPrice = (a, b) => a.price - b.price;

function* walk(tree) {
  yield* tree.children;
}

export default function main() {
  app.use(cors());
  app.listen(8080);
}

app.get('/items/:id', async (req, res) => {
  const shelf = await Shelf.load(req.params.id);
  res.json(shelf);
});

router.post("/items", createItem);

module.exports.legacy = function legacy(x) {
  return toItem(x);
};

Shelf.prototype.clear = function () {
  counter += 1;
};

exports.handlers = {
  open(path) {
    return walk(path);
  },
  close: (path) => path,
};

describe('Shelf', () => {
  it('adds an item', () => {
    expect(new Shelf('a').add({}).size).toBe(1);
  });
  test(`loads`, async () => {});
});
