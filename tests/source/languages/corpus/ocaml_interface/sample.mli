(** Items on shelves. *)
open Shelf

val page_size : int

(** One thing on a shelf. *)
type item = { sku : string; cents : int }

exception Empty

module Store : sig
  type t

  (** Adds one item. *)
  val add : item -> t -> t
end

external now : unit -> float = "caml_now"

(** Makes a readable amount. *)
val price : item -> float
