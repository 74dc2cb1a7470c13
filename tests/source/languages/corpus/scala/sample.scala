package com.example.inventory

import scala.collection.mutable
import com.example.storage.{Rows, Row => StoredRow}

/** Anything that can be sold. */
trait Sellable extends Named {
  type Key
  val price: Long
  def label(width: Int): String
}

/**
 * One thing on a shelf.
 */
case class Item(sku: String, price: Long = 0) extends Base(sku) with Sellable {
  val tags: List[String] = Nil
  private var hits = 0

  override def label(width: Int): String = {
    val text = Prices.format(price)
    text.padTo(width, ' ')
  }

  class Line {
    def total: Long = price * 2
  }
}

object Item {
  val PageSize = 50
  type Prices = Map[String, Long]

  /** Reads one item. */
  def load(sku: String): Option[Item] = Rows.fetch(sku, PageSize).map(toItem)

  private def toItem(row: StoredRow): Item = new Item(row.sku)
}

sealed abstract class State
case object Sold extends State

enum Color(val code: Int):
  case Red extends Color(1)
  case Green, Blue

given ordering: Ordering[Item] with
  def compare(a: Item, b: Item): Int = a.price.compare(b.price)

extension (item: Item)
  def shorten(limit: Int): Item = item.copy(sku = item.sku.take(limit))

@main def run(args: String*): Unit =
  println(Item.load(args.head))

class ItemSpec extends AnyFlatSpec {
  test("label is short") {
    assert(Item("a").label(1) == "0")
  }

  it should "load" in {
    Item.load("a")
  }
}
