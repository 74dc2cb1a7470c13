// A small inventory.
#include <string>
#include "storage.hpp"

#define PAGE_SIZE 50

using namespace std;
using Price = unsigned long;

namespace inventory {

/// Anything that can be sold.
class Sellable {
public:
    virtual ~Sellable() = default;
    virtual Price price() const = 0;
};

/**
 * One thing on a shelf.
 */
class Item final : public Sellable, private detail::Tracked<Item> {
public:
    static constexpr int kMax = 10;
    enum class State { kNew, kSold };

    explicit Item(std::string sku) : sku_(std::move(sku)) {}
    Price price() const override { return compute_price(*this); }
    std::string label() const;
    bool operator==(const Item &other) const { return sku_ == other.sku_; }

    struct Hash {
        size_t operator()(const Item &item) const;
    };

private:
    std::string sku_;
};

std::string Item::label() const
{
    auto row = storage::fetch<Item>(sku_, kMax);
    return row->describe();
}

size_t Item::Hash::operator()(const Item &item) const
{
    return std::hash<std::string>{}(item.label());
}

template <typename T>
class Shelf : public Base<T> {
public:
    void add(T value) { items_.push_back(value); }
    T *find(const std::string &sku);
};

template <typename T>
T *Shelf<T>::find(const std::string &sku)
{
    return nullptr;
}

/// Largest of two.
template <typename T>
T largest(T a, T b) { return a > b ? a : b; }

template <typename T>
concept Priced = requires(T t) { t.price(); };

const int kLimit = 3;
inline constexpr double kRate = 1.5;

} // namespace inventory

extern "C" int inventory_open(const char *path) { return 0; }

Item::~Item() { release(this); }

inventory::Item *make() { return new inventory::Item("a"); }

TEST(ItemTest, HasLabel)
{
    EXPECT_EQ(Item("a").label(), "a");
}

TEST_CASE("shelf adds", "[shelf]")
{
    Shelf<Item> shelf;
    REQUIRE(largest(1, 2) == 2);
}
