# Builds the shop.
cmake_minimum_required(VERSION 3.20)
project(shop LANGUAGES CXX)

include(Helpers.cmake)
set(SOURCES main.cpp item.cpp)
option(WITH_DOCS "Build the documentation" ON)

# Adds one test.
function(add_shop_test name)
  add_executable(${name} ${name}.cpp)
  add_test(NAME ${name} COMMAND ${name})
endfunction()

macro(use_flags target)
  target_compile_options(${target} PRIVATE -Wall)
endmacro()

add_library(items STATIC ${SOURCES})
add_executable(shop main.cpp)
target_link_libraries(shop PRIVATE items)
add_shop_test(item_test)
