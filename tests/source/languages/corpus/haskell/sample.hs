{-# LANGUAGE OverloadedStrings #-}
-- | Items on shelves.
module Inventory.Item
  ( Item (..)
  , price
  ) where

import qualified Data.Map as Map
import Data.List (sortBy)

-- | What can be sold.
class Sellable a where
  cents :: a -> Int
  label :: a -> String
  label _ = "none"

-- | One thing on a shelf.
data Item = Item
  { sku :: String
  , itemCents :: Int
  } deriving (Show, Eq)

newtype Shelf = Shelf (Map.Map String Item)

type Label = String

data Color = Red | Green

instance Sellable Item where
  cents = itemCents

-- | Cents to a readable amount.
price :: Item -> Double
price item = fromIntegral (cents item) / 100

pageSize :: Int
pageSize = 20

add :: Item -> Shelf -> Shelf
add item (Shelf items)
  | cents item > pageSize = Shelf (Map.insert (sku item) item items)
  | otherwise = Shelf items
