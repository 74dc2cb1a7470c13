(* Items on shelves. *)
open Printf
module Map = Stdlib.Map

let page_size = 20

(** One thing on a shelf. *)
type item = {
  sku : string;
  mutable cents : int;
}

type color = Red | Green of int

exception Not_found_here of string

module type Sellable = sig
  val price : item -> float
  type t
end

module Shelf = struct
  type t = item list

  (** Adds one item. *)
  let add item shelf = item :: shelf

  let rec total = function
    | [] -> 0
    | item :: rest -> item.cents + total rest
end

class counter = object
  val mutable count = 0
  method add n = count <- count + n
end

external now : unit -> float = "caml_now"

let price (item : item) = float_of_int item.cents /. 100.

let print item =
  printf "%s" item.sku;
  ignore (Shelf.add item [])
