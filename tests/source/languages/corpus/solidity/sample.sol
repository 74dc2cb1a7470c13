// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

import "./Shelf.sol";
import {Math} from "./Math.sol";

uint constant PAGE_SIZE = 20;

/// What can be sold.
interface ISellable {
    function price() external view returns (uint);
}

library Prices {
    function format(uint cents) internal pure returns (uint) {
        return cents / 100;
    }
}

/// One thing on a shelf.
contract Item is ISellable {
    using Prices for uint;

    enum Color { Red, Green }
    struct Part { string sku; uint cents; }

    mapping(uint => Part) private parts;
    address public owner;

    event Sold(address indexed buyer, uint cents);
    error TooCheap(uint cents);

    modifier onlyOwner() {
        require(msg.sender == owner);
        _;
    }

    constructor(address first) {
        owner = first;
    }

    /// What it costs.
    function price() public view override onlyOwner returns (uint) {
        return Prices.format(parts[0].cents);
    }

    receive() external payable {}
}
