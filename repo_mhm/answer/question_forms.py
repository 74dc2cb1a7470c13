"""The forms of questions that code can answer, kind by kind, in a small language. Pure.

One form a line; a line that is indented more goes on with it. Words are separated by blanks; `a|b`
are alternatives, in which `_` is a blank; `[x]` may be left out; `{x}` is the subject, `{f}` one
that is a file, `{c}` one in capitals, `{p}` a parameter, PLACE one of the words for a part of code.
A form that begins with `!` means the kind so surely that its subject may be any word; in another
form the subject must look like code (see `question_subject`). Openings, articles before nouns and
closings are taken off before.
"""

from __future__ import annotations

from repo_mhm.answer.events import QuestionKind

FORMS: tuple[tuple[QuestionKind, str], ...] = (
    (
        "tests",
        """
        ![which|what|the] [unit|integration|existing|automated] tests|test|specs|spec|unit_tests|
          test_cases|test_case|test_functions|test_files [functions|cases|files|that] cover|covers|
          test|tests|exercise|exercises|use|uses|call|calls|check|checks|touch|touches|hit|hits|
          verify|verifies|run|runs|are_for|exist_for|cover_for|target|targets|covering|testing|
          exercising|calling|using {x}
        ![unit|integration|existing] tests|test|test_cases|specs|unit_tests|tests_written|
          test_coverage|coverage for|of|covering|against|on {x}
        !where is|are|does|do {x} [unit|get|being] tested|covered|exercised [by|in] [tests|
          the_tests]
        !is|are {x} [unit|being] tested|covered [by|in] [any] [tests|a_test|the_tests|test|anywhere]
        !is|are there [any|a] [unit] tests|test|test_cases for|of|covering {x}
        !does|do {x} have [any|a] [unit] tests|test|test_coverage
        !what|who tests|covers|exercises {x}
        !by which|what tests is|are {x} [being] covered|tested|exercised
        !which|what tests is|are {x} [being] covered|tested|exercised by|in
        {x} tests|unit_tests|specs|test_cases|test_coverage
        """,
    ),
    (
        "value",
        """
        what is|are {p} [parameter|argument|option|arg|param] set_to|defaulting_to by_default in|
          of|for {x}
        !default|default_value|defaults [value] of|for [parameter|argument|option|arg|param|
          keyword|flag] {p} [parameter|argument|option|arg|param] of|in|for|to|on|from {x}
        !default {p} [value|parameter|argument] of|in|for|to {x}
        !{p} default|default_value in|of|for {x}
        !what does|do {p} default to in|of|for {x}
        !what does|do [parameter|argument] {p} of|in {x} default to
        !in|of {x} what is|are [the] default [value] of|for {p}
        !which|what value does|do [the] [parameter|argument] {p} default to in|of {x}
        !default_value|default|defaults [value] of|for {x}
        !value|values|current_value|numeric_value|initial_value|final_value|last_value|
          resulting_value|content of|for {x}
        !what [is|are] {x} set_to|equal_to|equals|defined_as|defined_to_be|initialised_to|
          initialized_to|initialised_with|initialized_with|assigned_to|assigned|bound_to|set_as|
          equal
        !what|which value|values does|do|has|is|are {x} [have|hold|contain|get|set_to|assigned|
          equal]
        !what does|do {x} equal|default_to|hold
        !which|what value is [assigned|given] [to] {x}
        !which|what [value] does|do {x} end_up_with|end_with
        !{x} value|default_value|default
        !value|number|string|constant behind {x}
        !which|what [value|number|string|constant|literal|result] does|do|will {x} return
        !value|number|string|constant|literal|result [that] {x} returns
        !returned_value of|from {x}
        ![what|which] value|number|string|result [that] [is] returned by|from {x}
        what is {c}
        !how large|big|long|high|many is {x}
        """,
    ),
    (
        "callers",
        """
        !who|what|whom [else] calls|invokes|call|invoke|instantiates|constructs {x}
        !who|what is|are [currently] calling|invoking|instantiating|constructing {x}
        !which|what [other] PLACE|callers [that] call|calls|invoke|invokes|is_calling|are_calling|
          are_invoking|instantiate|instantiates|construct|constructs|make_calls_to|
          makes_calls_to {x}
        !callers|caller|call_sites|call_site|callsites|invocations|invocation|calls|function_calls|
          method_calls|instantiations|calling_code|calling_functions|callers_list of|to|for {x}
        !where|from_where is|are|does|do|gets|was {x} [being|actually|get|getting|
          ever] called|invoked|instantiated|constructed|triggered [from|in|by]
        !where do|does we|i|they|it|you|this|the_code|code [actually] call|invoke|instantiate|
          construct {x}
        !from where|which_places|which_functions|which_code is|are {x} [being] called|invoked
        !by whom|what|which_functions is|are {x} [being] called|invoked
        !which|what PLACE is|are {x} [being] called|invoked|instantiated [from|in|by]
        !who|what is|are {x} [being] called|invoked by|from
        !is|are {x} [ever|actually|being] called|invoked|instantiated [anywhere|somewhere|at_all|
          from_anywhere]
        !how often|many_times is {x} called|invoked [from]
        !how many callers|calls|call_sites does|do {x} have
        !how many callers|calls|call_sites are there of|to|for {x}
        !PLACE where|from_which|which|that {x} is|are [being] called|invoked|instantiated [from]
        !incoming_calls|call_hierarchy|calls_coming_in to|of|for|into {x}
        !where are|do {x} objects|instances [get] created|constructed|instantiated|made
        who|what creates|builds {x}
        !{x} who|what calls it|this
        !{x} is|are|gets [being] called|invoked by|from whom|who|what|where|which_functions
        !does|do anything|anyone|anybody|something|somebody|someone|any_code|any_function|any_test
          [else|still|ever] call|invoke|instantiate|construct {x}
        !is there anything|something|any_code|any_function|code that calls|invokes {x}
        !is anything|anyone|something|any_code calling|invoking {x}
        !does|do {x} [ever|still] get called|invoked [anywhere|somewhere|at_all]
        !is|are {x} [ever|still] called|invoked by anything|anyone|something|any_code
        !show|list [me] every|each call|calls of|to {x}
        !PLACE that|which call|calls|invoke|invokes|instantiate {x}
        !every|each|any|all call|invocation of|to {x}
        !{x} callers|caller|call_sites|callsites|invocations|instantiations
        !{x} is called|invoked by|from|where
        """,
    ),
    (
        "importers",
        """
        !who|what [else] imports|includes|import|include|requires {x}
        !who|what is|are importing|including|requiring {x}
        !which|what [other] PLACE|source_files|headers [that] import|imports|include|includes|
          require|requires|are_importing|pull_in|pulls_in {x}
        !where is|are|does|do {x} [being|get|gets] imported|included|required [from|in|by]
        !where do|does we|they|i|the_code import|include|require {x}
        !importers|importer|includers|dependents|reverse_dependencies of|for {x}
        !which|what PLACE is|are {x} imported|included|required by|from|in
        !is|are {x} imported|included [anywhere|somewhere]
        !does|do anything|anyone|something|any_file|any_module [else|still] import|include|
          require {x}
        !PLACE importing|including|requiring {x}
        !PLACE that|which import|imports|include|includes|require|requires {x}
        who|what|which [PLACE] depends|depend|rely|relies on {x}
        {x} importers|dependents|includers
        """,
    ),
    (
        "imports",
        """
        !what|which [modules|files|packages|libraries|headers|dependencies|things|names|
          header_files|classes] does|do {x} import|include|require|pull_in
        what|which [modules|files|packages|libraries|dependencies] does|do {x} depend|rely on
        !imports|includes|import_statements|imported_modules|import_list of|in|for|from {x}
        dependencies|requirements of|for|in {x}
        !what|which [modules|files|packages|libraries|headers] is|are|gets|get [being] imported|
          included|required by|in|into|from {x}
        !modules|files|packages|libraries|headers|names imported|included|required by|in {x}
        !{x} imports|includes
        {x} dependencies
        """,
    ),
    (
        "callees",
        """
        !what|which [other] [functions|methods|things|function|method|code|helpers|
          calls] [all] does|do {x} [itself|directly] call|invoke|make|calls [directly|in_order|
          internally|first|out_to]
        !what|which [functions|methods|things] {x} [itself|directly] calls|invokes
        !callees|callee|outgoing_calls|calls_made|called_functions|functions_called|
          methods_called of|in|by|from|inside|within {x}
        !functions|methods|calls|function|method [that] {x} [directly] calls|invokes|makes
        !functions|methods|everything called|invoked by|from|in|inside|within {x}
        !what|which [functions|methods|things|function|method] is|are|gets|get [being] called|
          invoked by|from|in|inside|within {x}
        !calls in|inside|within|made_by|made_in|made_from {x}
        !{x} callees
        """,
    ),
    (
        "overrides",
        """
        !who|what|which [classes|types|subclasses|methods|functions|structs|class|type|
          method] overrides|override|overriding|reimplements|reimplement|redefines|redefine|
          is_overriding|are_overriding {x}
        !overrides|override|overriders|overriding_methods|overriding_definitions|
          overridden_versions|reimplementations|redefinitions of|for {x}
        !does|do anything|anyone|something|any_class|any_subclass override|reimplement {x}
        !where is|are {x} [being] overridden|overriden|reimplemented|redefined [in|by]
        !which|what [classes|subclasses] is|are {x} overridden|overriden in|by
        !is|are {x} [ever] overridden|overriden [anywhere|somewhere|in_subclasses]
        !{x} overrides|overriders
        """,
    ),
    (
        "subclasses",
        """
        !who|what|which [classes|types|structs|things|interfaces|exceptions|errors|class|type|
          struct|enums|objects] [directly] inherits|inherit|extends|extend|subclasses|subclass|
          derives|derive|is_derived|are_derived|is_inheriting|are_inheriting|is_extending|
          are_extending|is_subclassing [from] {x}
        !who|what|which [classes|types|structs|things|class|type|struct|enums|objects] implements|
          implement|satisfies|satisfy|is_implementing|are_implementing|embeds|embed|conforms_to|
          conform_to {x}
        !classes|types|structs|exceptions [that|which] [inherit|extend|derive|implement|
          implementing|extending|inheriting|deriving|derived|subclassing|satisfying] [from|of] {x}
        !subclasses|subclass|sub-classes|children|child_classes|derived_classes|derived_types|
          subtypes|implementations|implementation_classes|implementers|implementors|descendants|
          inheritors|derivatives|implementing_classes|implementing_types|concrete_implementations|
          concrete_classes of|for {x}
        !does|do anything|anyone|something|any_class [else] extend|implement|subclass|
          inherit_from {x}
        !who|what|which [classes|types] implements_or_extends|extends_or_implements|
          implement_or_extend|
          extend_or_implement {x}
        !where is|are {x} [being] subclassed|extended|inherited [from]
        !is|are {x} [ever] subclassed|extended [anywhere]
        !{x} subclasses|children|implementations|implementers|implementors|derived_classes|
          descendants|subtypes
        """,
    ),
    (
        "bases",
        """
        !bases|base_classes|base_class|base|parents|parent|parent_class|parent_classes|superclass|
          superclasses|super_class|super_classes|super|ancestors|ancestor|supertypes|supertype|
          super_interfaces|superinterfaces|mro|class_hierarchy|implemented_interfaces of|for {x}
        !what|which [class|classes|interfaces|interface|types|base_class|base_classes|type|struct|
          structs|parent_class] does|do {x} [directly] inherit|extend|subclass|implement|derive|
          inherits|extends|embed|satisfy [from]
        !what|which [class|classes|interfaces|interface|types|type] is|are {x} derived|inherited|
          inheriting|extending|a_subclass|a_child|implementing [from|of]
        !interfaces|classes {x} implements|extends
        !{x} bases|base_classes|base_class|base|parents|parent_class|parent|superclass|
          superclasses|ancestors|mro
        !whom|who does {x} inherit|extend|derive from
        !what|which [method|methods] does|do|is|are {x} override|overriding|overrides|reimplement
        """,
    ),
    (
        "history",
        """
        !when|why|how|by_whom|who|when_and_why|why_and_when|who_and_when|who_when_and_why|
          when_who_and_why|
          when_by_whom_and_why|when_and_by_whom_and_why|by_whom_when_and_why|when_and_by_whom|
          by_whom_and_why|by_whom_and_when was|were|is|has|
          did|have {x} [last|first|originally|most_recently|been|ever|get] changed|modified|added|
          introduced|edited|updated|touched|written|created|renamed|refactored|rewritten|moved|
          authored|committed [last|first|originally|and_why|and_by_whom|by_whom|and_when]
        !when|why did {x} [last|first|most_recently] change|get_changed|appear|get_added|
          get_introduced|get_modified
        !when did someone|we|they|anyone|somebody [last|first] change|add|introduce|modify|edit|
          touch|write {x} [last]
        !who [has|was_the_one_who] [last|first|originally|most_recently] wrote|changed|modified|
          added|introduced|touched|edited|created|authored|updated|committed|write|
          written {x} [last|originally|first|most_recently|and_when|and_why|last_and_why|
          last,_and_why|when_and_why|,_and_why|last_and_when]
        !history|git_history|change_history|changelog|blame|git_blame|git_log|log|commits|
          commit_history|revision_history|commit_log|evolution of|for|to|on|touching|that_touched|
          that_changed|behind {x}
        !last|latest|most_recent|recent|newest|past|first|previous change|commit|changes|commits|
          modification|edit|author|update|person to|of|for|on|in|touching|who_changed|that_changed|
          who_touched|to_touch|to_change|that_touched|that_modified|which_touched|which_changed {x}
        !author|authors|last_author|original_author|committer|contributors|writer|changes of|to|
          for|in {x}
        !which|what|in_which [commit|commits|change|changes|pull_request] [last|first|
          recently] changed|touched|introduced|added|modified|affected|created|updated|wrote|
          edited {x} [last]
        !in which|what commit was|were|did {x} [last|first] added|introduced|changed|modified|
          created|change
        !which|what commit did {x} [last|first] change|appear in
        !what changed in|about {x} [recently|lately|last]
        !what has|have changed in|about {x} [recently|lately]
        !how has|have|did {x} change|changed|evolved|evolve [over_time|recently]
        !how old is|are {x}
        !date|time of the last change|commit|modification to|of {x}
        !blame|git_blame|git_log|annotate [for] {x}
        !{x} history|blame|author|authors|log|changelog|commits|last_change|git_log|git_history|
          git_blame
        """,
    ),
    (
        "signature",
        """
        !signature|function_signature|method_signature|call_signature|prototype|parameters|params|
          arguments|args|argument_list|parameter_list|argument_names|parameter_names|
          formal_parameters|keyword_arguments|options|inputs|return_type|type_signature|
          constructor_arguments|constructor_parameters|declaration_line of|for|to|in {x}
        !what|which|how_many [keyword|positional|type|constructor|named] parameters|arguments|
          params|args|options|inputs does|do|can {x} take|accept|have|expect|need|require|get|
          receive|takes|accepts|support
        !parameters|arguments|params|args [that] {x} takes|accepts|expects|needs|requires|has
        what does|do {x} take|accept|expect [as_arguments|as_parameters|as_input|as_args]
        !what [arguments|parameters|args|params] can|do|should|must|may|could i|we|you pass|
          give to {x}
        !{x} signature|prototype|parameters|params|arguments|args|parameter_list|argument_list|
          return_type
        """,
    ),
    (
        "contents",
        """
        what|which is|are [all] defined|contained|there|declared|exported|provided|
          implemented in|inside|within|by|from {x}
        what|which is|are [all] in|inside|within {x}
        !what|which functions|classes|methods|symbols|constants|types|definitions|names|members|
          attributes|fields|structs|interfaces|variables|macros|exports is|are|does|do
          [there|defined|declared|contained] in|inside|within|exported_by|exported_from {x}
        !what|which functions|classes|methods|symbols|constants|types|definitions|names|members|
          attributes|fields|structs|interfaces|variables|macros does|do {x} define|declare|contain|
          export|have|provide|hold|offer|expose
        what|which does|do {x} contain|define|export|declare|provide|hold|consist_of
        !contents|content|outline|structure|symbols|functions|classes|methods|definitions|members|
          attributes|fields|overview|layout|exports|constants|types|table_of_contents|names|macros|
          structs|interfaces|variables|api of|in|inside|within|defined_in|declared_in {x}
        what is|are {f} [used|good|meant|there|here|all] for|about
        purpose|role|responsibility|point of {f}
        what does|do {f} do
        !outline|toc [of|for] {x}
        overview|summary [of|for] {f}
        {x} contents|outline|symbols|members|methods|structure|functions|classes|fields|attributes|
          exports
        """,
    ),
    (
        "uses",
        """
        !who|what [else] uses|use|references|reference|accesses|consumes|reads {x}
        !who|what is|are using|referencing|accessing|consuming|reading {x}
        !which|what [other] PLACE [that] use|uses|reference|references|refer_to|refers_to|access|
          accesses|mention|mentions|is_using|are_using|consume|consumes|read|reads|touch|touches|
          rely_on|need {x}
        !where|in_which_files|in_what_files|in_which_functions is|are|does|do|was|
          gets {x} [being|actually|currently|ever|get|getting] used|referenced|accessed|mentioned|
          consumed|read|utilised|utilized|referred_to [in|from|by]
        !where do|does we|i|they|it|you|this|the_code|code [actually] use|reference|access|read {x}
        !uses|usages|usage|use|references|reference|refs|ref|occurrences|occurrence|users|
          usage_sites|use_sites|consumers|reads|mentions|cross_references|xrefs of|to|for {x}
        !which|what PLACE is|are {x} [being] used|referenced|accessed [by|in|from]
        !is|are {x} [still|ever|actually|being] used|referenced|accessed|needed [anywhere|
          somewhere|at_all|elsewhere]
        !how many uses|usages|references does|do {x} have
        !how many uses|usages|references are there of|to|for {x}
        !how often is {x} used|referenced
        !does|do anything|anyone|anybody|something|somebody|someone|any_code|any_function|any_test
          [else|still|ever] use|reference|access|need|read {x}
        !is there anything|something|any_code|any_function|code that uses|references|needs {x}
        !{x} is|are|gets [being] used|referenced by|in whom|who|what|where|which_files
        !{x} is|are used|referenced where
        !is anything|anyone|something|any_code using|referencing {x}
        !does|do {x} [ever|still] get used|referenced [anywhere|somewhere|at_all]
        !is|are {x} [ever|still] used|referenced by anything|anyone|something|any_code
        !PLACE where|in_which|that {x} is|are [being] used|referenced|accessed
        !PLACE that|which|using|referencing use|uses|reference|references|access {x}
        !PLACE using|referencing|accessing {x}
        !{x} uses|usages|usage|references|users|refs|occurrences|xrefs
        """,
    ),
    (
        "definition",
        """
        where is|are {x} [implemented|located|coming_from|created|at|now|found|kept|situated|
          placed|to_be_found|written]
        !where is|are {x} [actually|currently|originally|being] defined|declared
        !where does|do|did {x} [actually] live|reside|come_from|sit|get_defined|get_declared|
          originate
        where can|do|does|could|would|should|might i|we|you|one find|see|locate|
          look_for {x} [defined|declared|definition]
        !in|at which|what file|module|place|package|line|source_file|header|class is|
          are {x} [defined|declared|located|implemented]
        !which|what file|module|line|header|package|class|place|source_file|files defines|declares|
          implements|contains|has|define|declare|holds|hosts|provides {x}
        !what|which file|module|line|header|package is|are|does|do {x} [defined|declared|located|
          implemented|live|reside|sit] [in|on|at|from]
        !definition|definitions|declaration|declarations|implementation|location|source|
          source_code|source_location|definition_site|place_of_definition of|for {x}
        !{x} definition|declaration|source_code|location
        {x} implementation|source
        !go|jump|goto|navigate|take_me|bring_me [to] [the] [definition|declaration|source|
          implementation] [of] {x}
        !where {x} is|are defined|declared|implemented|located
        !who|what defines|declares {x}
        locate|open|find|show|point_me_to|look_up|search_for {x}
        !where is|are the function|class|method|thing that is called {x}
        """,
    ),
)
"""Kind and forms; of two forms that fit the first is tried first."""

PLACES = (
    "function|method|place|file|line|module|class|part|package|type|component|functions|methods"
    "|code|places|files|lines|modules|classes|parts|tests|packages|types|spots"
)
"""The words that PLACE stands for."""
