// Package inventory keeps track of items.
package inventory

import (
	"context"
	"net/http"
	store "example.com/inventory/internal/storage"
)

import "fmt"

// DefaultLimit bounds a page.
const DefaultLimit = 50

const (
	StateNew State = iota
	StateSold
)

var (
	ErrMissing = fmt.Errorf("missing")
	registry, fallback map[string]*Item
)

type State int

// Item is one thing on a shelf.
type Item struct {
	store.Base
	SKU   string `json:"sku"`
	Price int64
	next  *Item
}

// Sellable is anything with a price.
type Sellable interface {
	Cost(ctx context.Context) (int64, error)
	fmt.Stringer
}

type (
	Handler = http.HandlerFunc
	List[T any] struct {
		items []T
	}
)

// NewItem makes an item.
func NewItem(sku string) *Item {
	return &Item{SKU: sku, next: nil}
}

// Cost implements Sellable.
func (i *Item) Cost(ctx context.Context) (int64, error) {
	if i.Price < 0 {
		return 0, ErrMissing
	}
	row := store.Fetch(ctx, i.SKU, DefaultLimit)
	return row.Price, nil
}

func (l List[T]) Len() int { return len(l.items) }

func routes(mux *http.ServeMux) {
	mux.HandleFunc("/items", listItems)
	router.GET("/items/:id", func(c *gin.Context) {
		c.JSON(200, NewItem("a"))
	})
}

var exportCmd = &cobra.Command{
	Use:   "export",
	Short: "Write every item",
	RunE:  runExport,
}

func TestNewItem(t *testing.T) {
	if NewItem("a").SKU != "a" {
		t.Fatal("sku")
	}
}

func BenchmarkCost(b *testing.B) {}
