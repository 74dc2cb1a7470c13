# Builds the shop.
include config.mk

CC := gcc
SOURCES = main.c item.c
define banner
echo shop
endef

.PHONY: all clean

# Everything.
all: shop docs

shop: $(SOURCES) item.h
	$(CC) -o $@ $(SOURCES)

docs:
	$(call banner)

clean:
	rm -f shop

%.o: %.c
	$(CC) -c $<
