/// Items on shelves.
library inventory;

import 'dart:convert';
import 'package:shelf/shelf.dart' show Shelf;
part 'item.g.dart';

const pageSize = 20;
final String title = 'Shop';

/// What can be sold.
abstract class Sellable {
  int get cents;
}

enum Color { red, green }

mixin Priced on Sellable {
  String label() => format(cents);
}

/// One thing on a shelf.
class Item extends Sellable with Priced {
  final String sku;
  @override
  final int cents;
  static int count = 0;

  Item(this.sku, this.cents);
  Item.free(String sku) : this(sku, 0);
  factory Item.load(String sku) => Item(sku, pageSize);

  /// What is printed.
  String describe({int width = 10}) {
    return sku.padLeft(width) + label();
  }

  set rename(String value) {}
  bool operator ==(Object other) => other is Item;
}

extension Prices on int {
  String get euros => format(this);
}

typedef Handler = void Function(Item item);

// Cents to a readable amount.
String format(int cents) {
  return jsonEncode(cents / 100);
}
