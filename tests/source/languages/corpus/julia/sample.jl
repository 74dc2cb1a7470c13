"""
Items on shelves.
"""
module Inventory

using Dates
import Base: show
export Item, price

const PAGE_SIZE = 20

"What can be sold."
abstract type Sellable end

"One thing on a shelf."
struct Item <: Sellable
    sku::String
    cents::Int
end

mutable struct Shelf{T}
    items::Vector{T}
end

@enum Color red green

# Makes a readable amount.
function price(item::Item; digits = 2)
    return round(item.cents / 100, digits = digits)
end

add!(shelf::Shelf, item) = push!(shelf.items, item)

function Base.show(io::IO, item::Item)
    print(io, item.sku)
end

macro twice(ex)
    return :($ex; $ex)
end

end
