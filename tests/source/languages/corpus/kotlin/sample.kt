package com.example.inventory

import com.example.storage.Rows
import kotlin.math.max as largest
import io.ktor.server.routing.*

/** How many items a page holds. */
const val PAGE_SIZE = 50
private val cache = mutableMapOf<String, Item>()

typealias Prices = Map<String, Long>

/** Anything that can be sold. */
interface Sellable {
    val price: Long
    fun label(width: Int): String
}

enum class State(val text: String) {
    NEW("new"),
    SOLD("sold");

    fun isFinal() = this == SOLD
}

/**
 * One thing on a shelf.
 */
data class Item(val sku: String, override val price: Long = 0) : Base(sku), Sellable {
    var tags: List<String> = emptyList()

    constructor(row: Row) : this(row.sku)

    override fun label(width: Int): String {
        val text = formatPrice(price)
        return text.padStart(largest(width, Item.MAX))
    }

    companion object {
        const val MAX = 10

        @JvmStatic
        fun load(sku: String): Item? = Rows.fetch(sku)?.let(::Item)
    }

    inner class Line {
        fun total() = price * 2
    }
}

sealed class Result<out T> {
    object Missing : Result<Nothing>()
}

object Registry : Listener {
    fun register(item: Item) = cache.put(item.sku, item)
}

fun String.shorten(limit: Int = PAGE_SIZE): String = take(limit)

suspend fun walk(root: String, visit: (Item) -> Unit) {
    Rows.all(root).forEach { visit(Item(it)) }
}

fun Application.routes() = routing {
    get("/items/{sku}") {
        call.respond(Item.load("a"))
    }
}

@RestController
class ItemController {
    @GetMapping("/items")
    fun list(): List<Item> = emptyList()
}

class ItemTest {
    @Test
    fun `label is short`() {
        assertEquals("0", Item("a").label(1))
    }
}
