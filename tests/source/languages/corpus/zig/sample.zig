//! Items on shelves.
const std = @import("std");
const shelf = @import("shelf.zig");

pub const page_size: usize = 20;
var counter: u32 = 0;

/// One thing on a shelf.
pub const Item = struct {
    sku: []const u8,
    cents: i64 = 0,

    /// Makes an item.
    pub fn init(sku: []const u8) Item {
        return Item{ .sku = sku, .cents = format(1) };
    }

    fn label(self: *const Item) []const u8 {
        return self.sku;
    }
};

pub const Color = enum { red, green };

const Value = union(enum) { int: i64, none };

const Error = error{ NotFound, Empty };

fn format(cents: i64) i64 {
    return shelf.round(cents);
}

test "labels" {
    try std.testing.expect(format(1) == 1);
}
