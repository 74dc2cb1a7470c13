import Foundation
import class UIKit.UIView
@testable import Inventory

/// How many items a page holds.
let pageSize = 50
var cache: [String: Item] = [:]

typealias Prices = [String: Int]

/// Anything that can be sold.
protocol Sellable: Named {
    associatedtype Key
    var price: Int { get }
    func label(width: Int) -> String
}

enum State: String {
    case new
    case sold = "SOLD"

    var isFinal: Bool { self == .sold }
}

/// One thing on a shelf.
public struct Item: Sellable, Codable {
    static let max = 10
    let sku: String
    var price: Int = 0

    init(sku: String) {
        self.sku = sku
    }

    /// What is printed.
    func label(width: Int) -> String {
        let text = formatPrice(price)
        return text.padded(to: width)
    }

    static func load(_ sku: String) throws -> Item {
        guard let row = Rows.shared.fetch(sku) else { throw StorageError.missing(sku) }
        return Item(sku: row.sku)
    }

    subscript(index: Int) -> Character {
        return sku[index]
    }

    struct Line {
        func total() -> Int { 0 }
    }
}

extension Item: Comparable {
    static func < (lhs: Item, rhs: Item) -> Bool {
        lhs.price < rhs.price
    }

    func shortened() -> Item { Item(sku: String(sku.prefix(pageSize))) }
}

@MainActor
final class Shelf: UIView {
    weak var delegate: ShelfDelegate?

    override func draw(_ rect: CGRect) {
        super.draw(rect)
        items.forEach { render($0) }
    }

    deinit {
        cache.removeAll()
    }
}

actor Registry {
    func register(_ item: Item) async {}
}

func formatPrice(_ cents: Int) -> String {
    return "\(cents / 100)"
}

final class ItemTests: XCTestCase {
    func testLabel() throws {
        XCTAssertEqual(Item(sku: "a").label(width: 1), "0")
    }
}

@Test func shortens() {
    #expect(Item(sku: "abc").shortened().sku == "abc")
}
