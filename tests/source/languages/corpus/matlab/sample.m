% Items on shelves.
classdef Item < handle
    properties
        Sku
        Cents = 0
    end
    methods
        function obj = Item(sku)
            obj.Sku = sku;
        end
        % What is printed.
        function text = label(obj)
            text = formatPrice(obj.Cents);
        end
    end
end

function text = formatPrice(cents)
    text = sprintf('%.2f', cents / 100);
end
