using System;
using System.Collections.Generic;
using Json = Newtonsoft.Json.JsonConvert;
using static System.Math;

namespace Example.Inventory
{
    public enum State { New, Sold = 4 }

    public delegate void Changed(Item item);

    /// <summary>Anything that can be sold.</summary>
    public interface ISellable
    {
        decimal Price { get; }
        string Label(int width);
    }

    /// <summary>
    /// Serves items over HTTP.
    /// </summary>
    [ApiController]
    [Route("items")]
    public class ItemController : ControllerBase, ISellable
    {
        public const int PageSize = 50;
        private static readonly Dictionary<string, Item> Cache = new();
        public event Changed OnChange;

        public ItemController(IRepository repository)
        {
            Repository = repository;
        }

        public decimal Price => Cache.Count;

        public IRepository Repository { get; private set; }

        public Item this[string sku] => Cache[sku];

        /// <summary>Finds one item.</summary>
        [HttpGet("{sku}")]
        public async Task<Item> Find(string sku)
        {
            var item = await Repository.FetchAsync<Item>(sku, PageSize);
            if (item is null) throw new MissingItem(sku);
            return Prices.Format(item);
        }

        public string Label(int width) => nameof(Item).PadLeft(width);

        public static bool operator ==(ItemController a, ItemController b) => ReferenceEquals(a, b);

        ~ItemController() { }

        private class Nested<T> where T : Item
        {
            void Run() { }
        }
    }

    public record Point(int X, int Y);

    public struct Money
    {
        public decimal Amount;
    }

    public class ItemTests
    {
        [Fact]
        public void FindsOne()
        {
            Assert.NotNull(new ItemController(null));
        }

        [Test, Category("slow")]
        public void FindsMany() { }
    }
}
