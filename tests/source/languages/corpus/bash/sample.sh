#!/usr/bin/env bash
# Keeps the inventory in order.
set -euo pipefail

source ./lib/storage.sh
. "$(dirname "$0")/prices.sh"

readonly PAGE_SIZE=50
export INVENTORY_HOME="${INVENTORY_HOME:-$HOME/.inventory}"
declare -A CACHE=()
limit=10
alias ll='ls -l'

# Prints one item.
show_item() {
  local sku=$1
  local price
  price=$(fetch_price "$sku")
  printf '%s %s\n' "$sku" "$(format_price "$price")"
}

function export_all {
  local file
  for file in "$INVENTORY_HOME"/*.item; do
    show_item "${file##*/}" || die "no such item"
  done
}

function usage() {
  cat <<EOF
usage: inventory show SKU
EOF
}

die() { echo "$*" >&2; exit 1; }

@test "shows an item" {
  run show_item a
}

main() {
  case "${1:-}" in
    show) show_item "$2" ;;
    export) export_all ;;
    *) usage ;;
  esac
}

main "$@"
