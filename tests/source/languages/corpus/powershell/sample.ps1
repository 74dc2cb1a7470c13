# Items on shelves.
using module .\Shelf.psm1
Import-Module Storage
param([string]$Root = ".")

$PageSize = 20

enum Color { Red; Green }

# One thing on a shelf.
class Item {
    [string]$Sku
    [int]$Cents = 0

    Item([string]$sku) {
        $this.Sku = $sku
    }

    [string] Label() {
        return Format-Price $this.Cents
    }
}

# Makes a readable amount.
function Format-Price {
    param([int]$Cents)
    return "{0:N2}" -f ($Cents / 100)
}

filter Select-Cheap { if ($_.Cents -lt $PageSize) { $_ } }

Format-Price -Cents 5
