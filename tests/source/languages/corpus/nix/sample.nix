# The shop's package.
{ pkgs ? import <nixpkgs> { }, lib, ... }:

let
  version = "1.0";
  # Makes a name.
  label = name: "${name}-${version}";
  helpers = import ./helpers.nix { inherit pkgs; };
in
{
  shop = pkgs.stdenv.mkDerivation {
    pname = label "shop";
    src = ./.;
    buildInputs = [ pkgs.zlib ];
  };
  services.shop.enable = true;
}
