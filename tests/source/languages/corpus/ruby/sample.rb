# frozen_string_literal: true

require 'json'
require_relative 'storage'

# Everything about the inventory.
module Inventory
  PAGE_SIZE = 50

  class Error < StandardError; end

  # One thing on a shelf.
  class Item < ApplicationRecord
    include Comparable
    STATES = %w[new sold].freeze

    attr_reader :sku, :price
    attr_accessor :tags
    has_many :lines
    scope :sold, -> { where(state: 'sold') }

    def initialize(sku, price: 0)
      @sku = sku
      @price = price
    end

    # Compares by price.
    def <=>(other)
      price <=> other.price
    end

    def label
      format_price(price, PAGE_SIZE)
    end

    def self.load(sku)
      row = Storage::Rows.fetch(sku)
      new(row[:sku]) || raise(Error, sku)
    end

    class << self
      def build(*args)
        Item.new(*args)
      end
    end

    alias_method :to_s, :label
    alias title label

    private

    def valid?
      STATES.include?(state)
    end
  end
end

Point = Struct.new(:x, :y)

def format_price(cents, limit = 10)
  "#{cents / 100}".ljust(limit)
end

Rails.application.routes.draw do
  get '/items/:sku', to: 'items#show'
  resources :shelves
end

task :export do
  Inventory::Item.load('a')
end

RSpec.describe Inventory::Item do
  describe '#label' do
    it 'is short' do
      expect(described_class.new('a').label).to eq('0')
    end
  end
end

class ItemTest < Minitest::Test
  def test_label
    assert_equal '0', Inventory::Item.load('a').label
  end
end
