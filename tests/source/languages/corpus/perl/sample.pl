#!/usr/bin/perl
package Inventory::Item;

use strict;
use warnings;
use parent 'Sellable';
use List::Util qw(sum first);
require Shelf;

our $VERSION = '1.0';
use constant PAGE_SIZE => 20;
my $counter = 0;

# Makes an item.
sub new {
    my ($class, %args) = @_;
    my $self = { sku => $args{sku}, cents => $args{cents} };
    return bless $self, $class;
}

sub label {
    my ($self) = @_;
    return format_price($self->{cents}) . $self->sku;
}

sub format_price {
    my ($cents) = @_;
    return sum($cents, PAGE_SIZE) / 100;
}

package Inventory::Shelf;

sub add {
    my ($self, $item) = @_;
    push @{ $self->{items} }, Inventory::Item->new(sku => $item);
}

1;
