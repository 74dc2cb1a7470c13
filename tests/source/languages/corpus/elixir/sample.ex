defmodule Inventory.Item do
  @moduledoc """
  One thing on a shelf.
  """

  use Ecto.Schema
  import Ecto.Query, only: [from: 2]
  alias Inventory.{Repo, Storage}
  alias Inventory.Prices, as: P
  require Logger

  @page_size 50
  @type t :: %__MODULE__{sku: String.t()}
  @callback price(t()) :: integer()

  defstruct [:sku, price: 0]

  @doc """
  Makes an item.
  """
  @spec new(String.t()) :: t()
  def new(sku) when is_binary(sku) do
    %__MODULE__{sku: sku}
  end

  @doc "Reads one item."
  def load(sku, limit \\ @page_size) do
    sku
    |> Storage.fetch(limit)
    |> normalise()
  end

  # Never fails.
  defp normalise(nil), do: nil
  defp normalise(row), do: P.format(row)

  defmacro debug(text) do
    quote do: Logger.debug(unquote(text))
  end

  defmodule Line do
    def total, do: 0
  end
end

defprotocol Inventory.Sellable do
  @doc "What it costs."
  def price(thing)
end

defimpl Inventory.Sellable, for: Inventory.Item do
  def price(item), do: item.price
end

defmodule InventoryWeb.Router do
  use InventoryWeb, :router

  scope "/" do
    get "/items/:sku", ItemController, :show
    live "/shelves", ShelfLive
  end
end

defmodule Inventory.ItemTest do
  use ExUnit.Case

  describe "new/1" do
    test "makes an item" do
      assert Inventory.Item.new("a").sku == "a"
    end
  end
end
