// Items on shelves.
package shop

import groovy.json.JsonSlurper
import static shop.Prices.format

interface Sellable {
    int getCents()
}

enum Color { RED, GREEN }

/** One thing on a shelf. */
class Item implements Sellable {
    static final int PAGE_SIZE = 20
    String sku
    private int cents = 0

    Item(String sku) {
        this.sku = sku
    }

    /** What is printed. */
    String label(int width = 10) {
        return format(cents) + sku
    }

    def total(items) {
        items.sum { it.cents }
    }
}

def load(String path) {
    new JsonSlurper().parseText(path)
}
