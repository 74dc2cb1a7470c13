// Items on shelves.
#import <Foundation/Foundation.h>
#import "Shelf.h"

#define MAX_ITEMS 20

typedef NS_ENUM(NSInteger, ItemColor) {
    ItemColorRed,
    ItemColorGreen,
};

/// What can be sold.
@protocol Sellable <NSObject>
- (NSInteger)priceInCents;
@end

/// One thing on a shelf.
@interface Item : NSObject <Sellable>
@property (nonatomic, copy) NSString *sku;
- (instancetype)initWithSku:(NSString *)sku price:(NSInteger)price;
+ (Item *)load:(NSString *)sku;
@end

@implementation Item {
    NSInteger _price;
}

// Makes an item.
- (instancetype)initWithSku:(NSString *)sku price:(NSInteger)price {
    if (self = [super init]) {
        _sku = [sku copy];
        _price = clamp(price, 0);
    }
    return self;
}

+ (Item *)load:(NSString *)sku {
    return [[Item alloc] initWithSku:sku price:MAX_ITEMS];
}

- (NSInteger)priceInCents {
    return _price;
}
@end

@implementation Item (Printing)
- (void)print {
    NSLog(@"%@", self.sku);
}
@end

static NSInteger clamp(NSInteger value, NSInteger low) {
    return value < low ? low : value;
}
