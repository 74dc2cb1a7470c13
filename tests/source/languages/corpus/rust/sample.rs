//! A small inventory.

use std::collections::{BTreeMap, HashMap as Map};
use crate::storage::{self, Row};
use serde::Deserialize;

mod storage;

/// How many items a page holds.
pub const PAGE_SIZE: usize = 50;
static REGISTRY: Mutex<Map<String, Item>> = Mutex::new(Map::new());

pub type Result<T> = std::result::Result<T, Error>;

/// One thing on a shelf.
#[derive(Debug, Clone, Deserialize)]
pub struct Item {
    pub sku: String,
    price: Price,
}

pub struct Price(u64);

#[derive(Debug)]
pub enum Error {
    /// Nothing there.
    Missing(String),
    Io { source: std::io::Error },
}

/// Anything that can be sold.
pub trait Sellable: Named {
    const KIND: &'static str;
    type Key;

    fn price(&self) -> Price;

    fn label(&self) -> String {
        format_price(self.price())
    }
}

impl Item {
    pub const TABLE: &'static str = "items";

    /// Makes an item.
    pub fn new(sku: &str) -> Self {
        Self { sku: sku.to_owned(), price: Price(0) }
    }

    #[inline]
    async fn load(&self) -> Result<Row> {
        storage::fetch::<Row>(&self.sku).await.map_err(Error::from)
    }
}

impl<T: Clone> Sellable for Shelf<T> {
    const KIND: &'static str = "shelf";
    fn price(&self) -> Price {
        let total = self.items.iter().map(to_price).sum();
        Price(total)
    }
}

#[derive(Parser)]
#[command(name = "inventory")]
struct Cli {
    #[arg(long)]
    limit: usize,
}

#[get("/items/{sku}")]
async fn show(path: web::Path<String>) -> impl Responder {
    HttpResponse::Ok().json(Item::new(&path))
}

fn router() -> Router {
    Router::new().route("/items", get(list_items))
}

macro_rules! square {
    ($x:expr) => {
        $x * $x
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// New items cost nothing.
    #[test]
    fn new_item_is_free() {
        assert_eq!(Item::new("a").price, square!(0));
    }

    #[tokio::test]
    async fn loads() {}
}
