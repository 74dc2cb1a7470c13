# Items on shelves.
library(dplyr)
require("stats")
source("shelf.R")

PAGE_SIZE <- 20

# Makes an item.
new_item <- function(sku, cents = 0) {
  structure(list(sku = sku, cents = cents), class = "item")
}

print.item <- function(x, ...) {
  cat(format_price(x$cents))
}

format_price = function(cents) {
  round(cents / 100, 2)
}

Shelf <- R6Class("Shelf",
  public = list(
    items = NULL,
    add = function(item) {
      self$items <- c(self$items, item)
    }
  )
)

setClass("Item", representation(sku = "character"))
setGeneric("price", function(object) standardGeneric("price"))
setMethod("price", "Item", function(object) object@cents)

dplyr::filter(items, cents > PAGE_SIZE)
