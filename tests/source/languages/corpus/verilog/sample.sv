// Items on shelves.
`include "defs.vh"
`define WIDTH 8

package shop_pkg;
  typedef enum logic [1:0] { RED, GREEN } color_t;
  parameter PAGE_SIZE = 20;
endpackage

interface bus_if(input logic clk);
  logic valid;
endinterface

// Counts items.
module counter #(parameter WIDTH = 8) (
  input  logic clk,
  output logic [WIDTH-1:0] count
);
  localparam MAX = 255;
  logic [WIDTH-1:0] next;

  function automatic logic [7:0] add(input logic [7:0] a);
    return a + 1;
  endfunction

  task reset;
    count <= 0;
  endtask

  always_ff @(posedge clk) count <= add(count);
endmodule

class Item;
  int cents;
  function new(int c);
    cents = c;
  endfunction
endclass

module top;
  logic clk;
  counter #(.WIDTH(8)) u_counter (.clk(clk));
endmodule
