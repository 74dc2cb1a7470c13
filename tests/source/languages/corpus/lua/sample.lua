--- A small inventory.
local storage = require("inventory.storage")
local prices = require "inventory.prices"

local M = {}
M.PAGE_SIZE = 50
local DEFAULT_NAME <const> = "shelf"
local items, count = {}, 0

--- One thing on a shelf.
local Item = {}
Item.__index = Item

--- Makes an item.
-- @param sku its name
function Item.new(sku)
  return setmetatable({ sku = sku, price = 0 }, Item)
end

function Item:label(width)
  local text = prices.format(self.price)
  return storage:pad(text, width or M.PAGE_SIZE)
end

-- Adds up.
local function total(list)
  local sum = 0
  for _, item in ipairs(list) do
    sum = sum + item.price
  end
  return sum
end

function M.load(sku)
  local row = storage.fetch(sku)
  return row and Item.new(row.sku)
end

M.walk = function(root, visit)
  storage.each(root, function(row) visit(row) end)
end

local shorten = function(text) return text:sub(1, 3) end

function setup(options)
  total(options.items)
end

M.handlers = {
  open = function(path) return path end,
  close = function(path) return shorten(path) end,
}

describe("Item", function()
  it("has a label", function()
    assert.equals("0", Item.new("a"):label(1))
  end)
end)

return M
