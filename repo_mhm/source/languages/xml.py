"""XML: elements that carry an id or a name."""

from repo_mhm.source.languages import Language

LANGUAGE = Language(
    name="xml",
    grammar="tree_sitter_language_pack.bindings.xml",
    suffixes=(".xml", ".xsd", ".xsl", ".xslt", ".svg", ".plist", ".csproj", ".props", ".targets",
              ".vcxproj", ".fsproj", ".vbproj", ".xaml", ".wsdl", ".storyboard", ".xib", ".resx"),
    separator=" ",
    strip="\"'",
    is_data=True,
    comments=("Comment",),
    strings=("AttValue",),
    query=r"""
((element [
  (STag (Attribute (Name) @_id (AttValue) @name))
  (EmptyElemTag (Attribute (Name) @_id (AttValue) @name))
]) @definition.element
  (#match? @_id "^((xml:|x:|android:)?id|name|Include|x:Name|key)$"))

(Comment) @comment
""",
)  # fmt: skip
