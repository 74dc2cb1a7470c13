{ Items on shelves. }
unit Inventory;

interface

uses
  SysUtils, Shelf;

const
  PageSize = 20;

type
  TColor = (Red, Green);

  { One thing on a shelf. }
  TItem = class(TObject)
  private
    FCents: Integer;
  public
    constructor Create(const ASku: string);
    function Caption: string;
    property Cents: Integer read FCents;
  end;

function FormatPrice(Cents: Integer): string;

implementation

constructor TItem.Create(const ASku: string);
begin
  FCents := 0;
end;

function TItem.Caption: string;
begin
  Result := FormatPrice(FCents);
end;

function FormatPrice(Cents: Integer): string;
begin
  Result := IntToStr(Cents div 100);
end;

end.
