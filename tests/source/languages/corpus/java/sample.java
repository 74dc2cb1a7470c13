package com.example.inventory;

import java.util.List;
import java.util.Map;
import static org.junit.Assert.assertEquals;
import com.example.storage.*;

/**
 * Serves items over HTTP.
 */
@RestController
@RequestMapping("/items")
public class ItemController extends BaseController implements Sellable<Item> {
    /** How many items a page holds. */
    public static final int PAGE_SIZE = 50;
    private final ItemRepository repository;
    private int hits, misses;

    public ItemController(ItemRepository repository) {
        this.repository = repository;
    }

    /**
     * Finds one item.
     */
    @GetMapping("/{sku}")
    public Item find(@PathVariable String sku) throws MissingItem {
        Item item = repository.findBySku(sku, PAGE_SIZE);
        if (item == null) {
            throw new MissingItem(sku);
        }
        return Prices.format(item);
    }

    @Override
    public long price(Item item) {
        return item.lines().stream().mapToLong(Line::cents).sum();
    }

    enum State {
        NEW, SOLD("sold");

        private final String label;

        State() { this(""); }

        State(String label) { this.label = label; }

        boolean isFinal() { return this == SOLD; }
    }

    static class Builder<T extends Item> {
        Builder<T> with(String name) {
            return this;
        }
    }
}

interface Sellable<T> {
    int LIMIT = 3;

    long price(T item);

    default String label(T item) {
        return String.valueOf(price(item));
    }
}

record Point(int x, int y) {
    Point {
        if (x < 0) throw new IllegalArgumentException();
    }
}

@interface Audited {
    String value() default "";
}

class ItemControllerTest {
    @Test
    void findsOne() {
        assertEquals(1, new ItemController(null).hits);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a"})
    void findsMany(String sku) {}
}
