import Diagnostics

/// The codes of syntax errors.
package enum SyntaxCodes {
  package static let notText = DiagnosticCode(
    "E0101", "not_text", "the file is not UTF-8 text",
    explanation: """
      A `.nnet` file is text in UTF-8. Save the file in that encoding; if it was written by another program, it is \
      perhaps not a program of this language at all.
      """)
  package static let otherFormat = DiagnosticCode(
    "E0102", "other_format", "the file holds the weights of another tool",
    explanation: """
      Marabou, ACAS Xu and related tools keep weights in text files that are named `.nnet` too: comments, then lines \
      of numbers between commas. This compiler reads descriptions of networks, not that format.
      """, wrong: "// Neural Network File Format\n2,1,1,5,\n1,5,1,\n0,\n-1.0,\n1.0,\n", right: "let layers = 2\n")
  package static let fileTooLarge = DiagnosticCode(
    "E0103", "file_too_large", "a source file holds at most 64 MiB",
    explanation: "Data and weights belong in files of their own, which a program names.")
  package static let character = DiagnosticCode(
    "E0104", "character", "a character that means nothing here",
    explanation: """
      Outside strings and comments a program is written with letters, digits, `_` and a few operators. Invisible \
      characters often come from text that was copied from a web page.
      """, wrong: "let a = $1\n", right: "let a = 1\n")
  package static let nameCharacter = DiagnosticCode(
    "E0105", "name_character", "a name holds a letter that names cannot have",
    explanation: """
      Names are made of the letters a to z and A to Z, digits and `_`, so that they can be typed everywhere. A column \
      with another name is written `column("größe")`.
      """, wrong: "let größe = 1\n", right: "let groesse = 1\n")
  package static let number = DiagnosticCode(
    "E0106", "number", "a number that is not well formed",
    explanation: """
      Numbers are written `12`, `1_000`, `0.5`, `1e-3` or `70%`: digits on both sides of the point, single `_` between \
      digits only, and no letters behind them.
      """, wrong: "let rate = .5\n", right: "let rate = 0.5\n")
  package static let numberTooLarge = DiagnosticCode(
    "E0107", "number_too_large", "a number beyond what can be computed with",
    explanation: """
      Whole numbers go up to 9223372036854775807 (64 bits with a sign), numbers with a point or exponent up to about \
      1.8e308.
      """, wrong: "let n = 9223372036854775808\n", right: "let n = 9223372036854775807\n")
  package static let unterminatedString = DiagnosticCode(
    "E0108", "unterminated_string", "a string without its closing quote",
    explanation: "A string begins and ends with `\"` on one line; a line break inside it is written `\\n`.",
    wrong: "import Block from \"blocks.nnet\n", right: "import Block from \"blocks.nnet\"\n")
  package static let escape = DiagnosticCode(
    "E0109", "escape", "an escape that means nothing",
    explanation: #"The escapes of a string are `\n`, `\t`, `\\`, `\"` and `\u{…}` with a character's number in hex."#,
    wrong: #"let start = "\q""# + "\n", right: #"let start = "\\q""# + "\n")
  package static let quotes = DiagnosticCode(
    "E0110", "quotes", "a string in quotes of another kind",
    explanation: "Strings stand between straight double quotes.", wrong: "let path = 'a.csv'\n",
    right: "let path = \"a.csv\"\n")
  package static let comment = DiagnosticCode(
    "E0111", "comment", "a comment in another language's style",
    explanation: "A comment begins with `//` and ends with its line; `///` documents the next declaration.",
    wrong: "let a = 1  # the first\n", right: "let a = 1  // the first\n")
  package static let semicolon = DiagnosticCode(
    "E0112", "semicolon", "a semicolon",
    explanation: "A statement ends with its line; commas stand between the items of a list.", wrong: "let a = 1;\n",
    right: "let a = 1\n")
  package static let foreignOperator = DiagnosticCode(
    "E0113", "foreign_operator", "an operator in another language's spelling",
    explanation: """
      This language writes `and`, `or`, `not`, `^` for powers, `->` for the flow of data, `==` and `!=` for \
      comparisons, `a ... b` for a range with its end and `a ..< b` for one without.
      """, wrong: "let area = 3 ** 2\n", right: "let area = 3 ^ 2\n")
  package static let foreignKeyword = DiagnosticCode(
    "E0114", "foreign_keyword", "a keyword of another language, or a misspelt one",
    explanation: """
      A declaration begins with `import`, `let`, `data`, `layer`, `model`, `train`, `sweep` or `test`. A body has no \
      `return`: its last expression is its result.
      """, wrong: "def Twice(x: [T]) -> [T] { x -> dense(T) }\n",
    right: "layer Twice(x: [T]) -> [T] { x -> dense(T) }\n")
  package static let foreignConstruct = DiagnosticCode(
    "E0115", "foreign_construct", "a control statement",
    explanation: """
      A program describes; it has no branches and no loops. `repeat(n, layer)` stacks layers, `scan` goes over a \
      sequence, and a constant of the file can be changed from the command line.
      """, wrong: "layer L(x: [4]) -> [4] {\n  for i in n { x }\n  x\n}\n",
    right: "layer L(x: [4]) -> [4] {\n  x -> repeat(3, dense(4))\n}\n")
  package static let expectedDeclaration = DiagnosticCode(
    "E0120", "expected_declaration", "something that is no declaration, outside of all blocks",
    explanation: """
      A file is a list of declarations, each opened by its keyword: `import`, `let`, `data`, `layer`, `model`, \
      `train`, `sweep` or `test`.
      """, wrong: "epochs: 3\n", right: "let epochs = 3\n")
  package static let expectedExpression = DiagnosticCode(
    "E0121", "expected_expression", "a value is missing",
    explanation: "After `->`, an operator, a comma, `:` or `=` a value must follow.", wrong: "let a = 1 +\n",
    right: "let a = 1 + 2\n")
  package static let expectedName = DiagnosticCode(
    "E0122", "expected_name", "a name is missing",
    explanation: "Declarations, bindings and parameters need a name; after a point stands the name of a part.",
    wrong: "let = 3\n", right: "let a = 3\n")
  package static let expectedType = DiagnosticCode(
    "E0123", "expected_type", "a type is missing",
    explanation: """
      A type is a shape such as `[28, 28, 1]`, a word such as `scalar`, `class(10)` or `token(65)[64]`, or a record of \
      types. The weights of a layer, the states of a scan and parameters need one.
      """, wrong: "layer L(x: ) -> [4] { x }\n", right: "layer L(x: [4]) -> [4] { x }\n")
  package static let reservedWord = DiagnosticCode(
    "E0124", "reserved_word", "a reserved word where a name stands",
    explanation: "`let`, `and`, `or`, `not`, `true` and `false` cannot name anything. All other words can.",
    wrong: "let not = 3\n", right: "let negation = 3\n")
  package static let missingKeyword = DiagnosticCode(
    "E0125", "missing_keyword", "a word that joins the parts of a declaration is missing",
    explanation: """
      `import Block from "file"`, `data Iris from csv("file")`, `train Model on Data`, `scan x in xs from state: type \
      = value`.
      """, wrong: "train Net Iris { epochs: 3 }\n", right: "train Net on Iris { epochs: 3 }\n")
  package static let missingResult = DiagnosticCode(
    "E0126", "missing_result", "a layer or model does not say what it gives",
    explanation: "After the parameters stands an arrow and the type of the result: `-> [10]`.",
    wrong: "model Net(x: [4]) { x -> dense(3) }\n", right: "model Net(x: [4]) -> [3] { x -> dense(3) }\n")
  package static let missingValue = DiagnosticCode(
    "E0127", "missing_value", "a binding without a value",
    explanation: "A binding is always `let name: type = value`; the type may be left out, the value may not.",
    wrong: "let width\n", right: "let width = 16\n")
  package static let missingLet = DiagnosticCode(
    "E0128", "missing_let", "a binding without `let`",
    explanation: "A binding is always `let name = value`, in files, bodies, train blocks and data alike.",
    wrong: "width = 16\n", right: "let width = 16\n")
  package static let missingEquals = DiagnosticCode(
    "E0129", "missing_equals", "a binding without `=`",
    explanation: "A binding is always `let name: type = value`.", wrong: "let width 16\n", right: "let width = 16\n")
  package static let missingColon = DiagnosticCode(
    "E0130", "missing_colon", "a setting or parameter without `:`",
    explanation: "A setting is `name: value`; a parameter and a field of a record type are `name: type`.",
    wrong: "train Net on Iris { epochs 3 }\n", right: "train Net on Iris { epochs: 3 }\n")
  package static let missingComma = DiagnosticCode(
    "E0131", "missing_comma", "two items without a comma between them",
    explanation: "Commas stand between arguments and between the items of a list.",
    wrong: "let widths = [8 16]\n", right: "let widths = [8, 16]\n")
  package static let settingSign = DiagnosticCode(
    "E0132", "setting_sign", "`=` where a setting needs `:`",
    explanation: "Settings and arguments are `name: value`; `=` belongs to `let`.",
    wrong: "train Net on Iris { epochs = 3 }\n", right: "train Net on Iris { epochs: 3 }\n")
  package static let bindingSign = DiagnosticCode(
    "E0133", "binding_sign", "`:` where a binding needs `=`",
    explanation: "In `let name: type = value` a type follows the colon and the value follows `=`.",
    wrong: "let width: 16\n", right: "let width = 16\n")
  package static let unclosed = DiagnosticCode(
    "E0134", "unclosed", "a bracket that is never closed",
    explanation: "Each `(`, `[` and `{` needs its partner.", wrong: "let widths = [8, 16\n",
    right: "let widths = [8, 16]\n")
  package static let strayCloser = DiagnosticCode(
    "E0135", "stray_closer", "a closing bracket that closes nothing",
    explanation: "Either it is one too many, or the bracket that it should close is missing.",
    wrong: "let a = 3)\n", right: "let a = 3\n")
  package static let wrongCloser = DiagnosticCode(
    "E0136", "wrong_closer", "a bracket that is closed by one of another kind",
    explanation: "`(` is closed by `)` and `[` by `]`.", wrong: "let widths = [8, 16)\n",
    right: "let widths = [8, 16]\n")
  package static let missingOpener = DiagnosticCode(
    "E0137", "missing_opener", "an opening bracket is missing",
    explanation: "What a declaration holds stands between `{` and `}`, and parameters between `(` and `)`.",
    wrong: "model Net(x: [4]) -> [3]\n  x -> dense(3)\n}\n", right: "model Net(x: [4]) -> [3] {\n  x -> dense(3)\n}\n")
  package static let unexpected = DiagnosticCode(
    "E0138", "unexpected", "something that does not fit behind what precedes it",
    explanation: "A statement ends with its line, or goes on with `->`, `.` or an operator.",
    wrong: "let a = 3 4\n", right: "let a = 34\n")
  package static let oneStatementALine = DiagnosticCode(
    "E0139", "one_statement_a_line", "two statements on one line",
    explanation: "Each statement begins on a line of its own.", wrong: "let a = 1 let b = 2\n",
    right: "let a = 1\nlet b = 2\n")
  package static let operatorBesideArrow = DiagnosticCode(
    "E0140", "operator_beside_arrow", "an operator beside an arrow without parentheses",
    explanation: """
      In `a + b -> relu` it is easy to misread what flows into `relu`; the language asks for parentheses: \
      `(a + b) -> relu` or `a + (b -> relu)`. Data flow along `->` only: there is no `<-`.
      """, wrong: "layer L(a: [4], b: [4]) -> [4] { a + b -> relu }\n",
    right: "layer L(a: [4], b: [4]) -> [4] { (a + b) -> relu }\n")
  package static let comparisonChain = DiagnosticCode(
    "E0141", "comparison_chain", "comparisons or ranges in a row",
    explanation: "`a < b < c` compares a truth value with `c`; write `a < b and b < c`.",
    wrong: "test \"t\" { expect 1 < 2 < 3 }\n", right: "test \"t\" { expect 1 < 2 and 2 < 3 }\n")
  package static let percentSpacing = DiagnosticCode(
    "E0142", "percent_spacing", "`%` with or without a space where it matters",
    explanation: "`70%` is a percentage: the sign touches its number. The remainder of a division has spaces: `D % 4`.",
    wrong: "layer L(x: [D]) -> [D] where D%4 == 0 { x }\n", right: "layer L(x: [D]) -> [D] where D % 4 == 0 { x }\n")
  package static let spaceBeforeBracket = DiagnosticCode(
    "E0143", "space_before_bracket", "a space before the bracket of a call",
    explanation: "The bracket of a call or an index touches what it belongs to: `dense(64)`, `x[0 ..< 4]`.",
    wrong: "let a = floor (1.5)\n", right: "let a = floor(1.5)\n")
  package static let packInExpression = DiagnosticCode(
    "E0144", "pack_in_expression", "a pack outside of a type",
    explanation: "`...S` stands for any leading axes of a shape in the type of a parameter or result, nowhere else.",
    wrong: "let a = [...S]\n", right: "layer L(x: [...S, 4]) -> [...S, 4] { x -> relu }\n")
  package static let misplacedStatement = DiagnosticCode(
    "E0145", "misplaced_statement", "a statement in a block that does not take it",
    explanation: """
      A body holds weights, bindings and a result; data holds fields and settings; a train block bindings, settings \
      and steps; a sweep settings; a test bindings and expectations.
      """, wrong: "train Net on Iris { expect true }\n", right: "test \"t\" { expect true }\n")
  package static let nestedDeclaration = DiagnosticCode(
    "E0146", "nested_declaration", "a declaration inside another one",
    explanation: "Declarations stand side by side in a file; their order does not matter.",
    wrong: "model A(x: [4]) -> [4] {\n  layer B(x: [4]) -> [4] { x }\n  x\n}\n",
    right: "layer B(x: [4]) -> [4] { x }\nmodel A(x: [4]) -> [4] {\n  x -> B\n}\n")
  package static let missingArrow = DiagnosticCode(
    "E0148", "missing_arrow", "two stages of a chain without `->` between them",
    explanation: "Data flow along `->`, from one stage to the next: `x -> dense(8) -> relu`.",
    wrong: "layer L(x: [4]) -> [4] {\n  x -> relu dense(4)\n}\n",
    right: "layer L(x: [4]) -> [4] {\n  x -> relu -> dense(4)\n}\n")
  package static let tooDeep = DiagnosticCode(
    "E0147", "too_deep", "more than 256 levels of nesting",
    explanation: "Give parts of the expression a name with `let`.",
    wrong: "let a = " + String(repeating: "(", count: 300) + "1" + String(repeating: ")", count: 300) + "\n",
    right: "let a = " + String(repeating: "(", count: 200) + "1" + String(repeating: ")", count: 200) + "\n")

  /// Files that are no programs at all, so that nothing else can be said of them.
  package static let unreadable: Set<DiagnosticCode> = [notText, otherFormat, fileTooLarge]

  /// Mistakes behind which the rest of the line may be misread: what the checker finds there may be a consequence.
  package static let misleading: Set<DiagnosticCode> = [
    character, number, unterminatedString, foreignConstruct, expectedExpression, expectedName, expectedType,
    reservedWord, missingKeyword, missingValue, missingLet, missingEquals, unclosed, strayCloser, wrongCloser,
    missingOpener, unexpected, operatorBesideArrow, comparisonChain, misplacedStatement, tooDeep,
  ]

  package static let all: [DiagnosticCode] = [
    notText, otherFormat, fileTooLarge, character, nameCharacter, number, numberTooLarge, unterminatedString, escape,
    quotes, comment, semicolon, foreignOperator, foreignKeyword, foreignConstruct, expectedDeclaration,
    expectedExpression, expectedName, expectedType, reservedWord, missingKeyword, missingResult, missingValue,
    missingLet, missingEquals, missingColon, missingComma, settingSign, bindingSign, unclosed, strayCloser, wrongCloser,
    missingOpener, unexpected, oneStatementALine, operatorBesideArrow, comparisonChain, percentSpacing,
    spaceBeforeBracket, packInExpression, misplacedStatement, nestedDeclaration, missingArrow, tooDeep,
  ]
}
