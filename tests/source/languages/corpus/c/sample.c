/* A small inventory. */
#include <stdio.h>
#include "storage.h"

#define PAGE_SIZE 50
#define SQUARE(x) ((x) * (x))

typedef unsigned long price_t;
typedef int (*compare_fn)(const void *, const void *);

enum state { STATE_NEW, STATE_SOLD = 4 };

/* One thing on a shelf. */
struct item {
    char sku[16];
    price_t price;
    struct item *next;
};

typedef struct {
    struct item *head;
    size_t count;
} shelf_t;

typedef enum { RED, GREEN } color_t;

union number {
    int whole;
    double part;
};

static const int limits[] = { 1, 2, 3 };
const char *default_name = "shelf";
extern int verbose;
int counter;

int shelf_add(shelf_t *shelf, struct item *item);
static char *item_label(const struct item *item);

/**
 * Adds one item to the front.
 */
int shelf_add(shelf_t *shelf, struct item *item)
{
    if (shelf->count >= PAGE_SIZE)
        return -1;
    item->next = shelf->head;
    shelf->head = storage_put(item);
    return SQUARE(shelf->count++);
}

static char *item_label(const struct item *item)
{
    return format_price(item->price, &compare_items);
}

void (*handler(int signal))(int)
{
    return 0;
}

struct item *find(shelf_t *shelf) {
    qsort(shelf->head, shelf->count, sizeof(struct item), compare_items);
    return (struct item *)shelf->head;
}

#ifdef DEBUG
int debug_level(void) { return verbose; }
#endif

int main(int argc, char **argv)
{
    shelf_t shelf = { 0 };
    printf("%d\n", shelf_add(&shelf, NULL));
    return 0;
}
