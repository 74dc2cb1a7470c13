<?php

declare(strict_types=1);

namespace Example\Inventory;

use Example\Storage\Rows;
use Example\Http\{Request, Response as Reply};
use function Example\Prices\format_price;

require_once 'bootstrap.php';

const PAGE_SIZE = 50;
define('DEBUG', true);

/** Anything that can be sold. */
interface Sellable extends Named
{
    const KIND = 'sellable';

    public function price(): int;
}

trait Tracked
{
    private array $events = [];

    protected function track(string $event): void
    {
        $this->events[] = $event;
    }
}

enum State: string
{
    case Fresh = 'new';
    case Sold = 'sold';

    public function label(): string
    {
        return ucfirst($this->value);
    }
}

/**
 * Serves items.
 */
#[Route('/items')]
final class ItemController extends Controller implements Sellable
{
    use Tracked;

    public const LIMIT = 3;
    private static ?Rows $rows = null;

    public function __construct(private readonly Rows $repository)
    {
        parent::__construct();
    }

    /**
     * Finds one item.
     */
    #[Route('/{sku}', methods: ['GET'])]
    public function find(Request $request, string $sku): Reply
    {
        $item = $this->repository->fetch($sku, self::LIMIT);
        if ($item === null) {
            throw new MissingItem($sku);
        }
        return Reply::json(format_price($item->price));
    }

    public function price(): int
    {
        return PAGE_SIZE;
    }
}

function helper(int ...$numbers): int
{
    return array_sum(array_map(fn ($n) => double($n), $numbers));
}

Route::get('/shelves', [ItemController::class, 'index']);

class ItemTest extends TestCase
{
    public function testPrice(): void
    {
        $this->assertSame(50, (new ItemController(new Rows()))->price());
    }

    #[Test]
    public function it_finds(): void {}
}
