/// Items on shelves.
module Shop.Inventory

open System
open Shop.Shelf

let pageSize = 20

/// One thing on a shelf.
type Item =
    { Sku: string
      Cents: int }

type Color =
    | Red
    | Green of int

type ISellable =
    abstract member Price: unit -> float

type Shelf(name: string) =
    let items = ResizeArray<Item>()
    member this.Add(item: Item) = items.Add item
    member this.Name = name
    interface ISellable with
        member this.Price() = 1.0

exception NotFound of string

/// Makes a readable amount.
let price (item: Item) = float item.Cents / 100.0

let rec total items =
    match items with
    | [] -> 0.0
    | first :: rest -> price first + total rest

module Nested =
    let inner x = x + 1
