%% Items on shelves.
-module(inventory).
-behaviour(gen_server).
-export([new/2, price/1]).
-import(lists, [sum/1]).
-include("shelf.hrl").

-define(PAGE_SIZE, 20).
-record(item, {sku, cents = 0}).
-type color() :: red | green.

%% Makes an item.
-spec new(string(), integer()) -> #item{}.
new(Sku, Cents) ->
    #item{sku = Sku, cents = Cents}.

price(#item{cents = Cents}) when Cents > 0 ->
    round(Cents / 100);
price(_) ->
    0.

round(N) -> erlang:round(N) + ?PAGE_SIZE.
