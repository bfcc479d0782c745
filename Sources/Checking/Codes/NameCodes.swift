import Diagnostics

/// Every kind of diagnostic that the checker reports: names and calls (`E02xx`), types and shapes (`E03xx`), training
/// (`E04xx`), data (`E054x`), and warnings.
package enum CheckingCodes {
  package static let unknownName = DiagnosticCode(
    "E0201", "unknown_name", "A name that nothing declares",
    explanation: """
      A value is looked up among the `let`s, inputs and sizes of its body, then among the columns (in a data block) \
      or fields (in a train block), then among the constants of the file.
      """,
    wrong: "model M(x: [4]) -> [3] {\n  y -> dense(3)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> dense(3)\n}\n")

  package static let unknownLayer = DiagnosticCode(
    "E0202", "unknown_layer", "A layer or function that nothing declares",
    explanation: """
      What is called is looked up among the layers and models of the file, then in the catalogue. Names of other \
      tools are recognised: `Linear` is `dense` here, `BatchNorm2d` is `batch_norm`.
      """,
    wrong: "model M(x: [4]) -> [3] {\n  x -> Linear(3)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> dense(3)\n}\n")

  package static let duplicateDeclaration = DiagnosticCode(
    "E0203", "duplicate_declaration", "Two declarations with one name",
    explanation: "Constants, data blocks, layers, models and imported names share one set of names in a file.",
    wrong: "let width = 8\nlet width = 16\n\nmodel M(x: [4]) -> [width] {\n  x -> dense(width)\n}\n",
    right: "let width = 16\n\nmodel M(x: [4]) -> [width] {\n  x -> dense(width)\n}\n")

  package static let duplicateName = DiagnosticCode(
    "E0204", "duplicate_name", "A name bound twice in one body",
    explanation: """
      A name stands for one thing in a body, so that it can be read without asking which of two is meant. Give the \
      second another name, or write one chain.
      """,
    wrong: "model M(x: [4]) -> [3] {\n  let h = x -> dense(8)\n  let h = x -> dense(3)\n  h\n}\n",
    right: "model M(x: [4]) -> [3] {\n  let h = x -> dense(8) -> relu\n  h -> dense(3)\n}\n")

  package static let recursion = DiagnosticCode(
    "E0205", "recursion", "A layer that uses itself",
    explanation: """
      A network is built before it runs, so a layer inside itself would never end. `repeat(n, …)` stacks copies; a \
      computation over time is a `scan` or a recurrent layer.
      """,
    wrong: "layer L(x: [D]) -> [D] {\n  x -> dense(D) -> L\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> L\n}\n",
    right: "layer L(x: [D]) -> [D] {\n  x -> dense(D)\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> repeat(2, L)\n}\n")

  package static let constantCycle = DiagnosticCode(
    "E0206", "constant_cycle", "Constants that need each other",
    explanation: "A top-level `let` may use others in any order, but not itself on the way.",
    wrong: "let a = b + 1\nlet b = a + 1\n\nmodel M(x: [4]) -> [a] {\n  x -> dense(a)\n}\n",
    right: "let a = b + 1\nlet b = 2\n\nmodel M(x: [4]) -> [a] {\n  x -> dense(a)\n}\n")

  package static let importUnavailable = DiagnosticCode(
    "E0207", "import_unavailable", "An imported file that cannot be read",
    explanation: "The path is looked up from the folder of the file that imports.")

  package static let importedName = DiagnosticCode(
    "E0208", "imported_name", "An imported file without that name",
    explanation: """
      An import brings in constants, data blocks, layers and models that the other file declares itself; what it \
      imports from elsewhere is imported from there.
      """)

  package static let importCycle = DiagnosticCode(
    "E0209", "import_cycle", "Files that import each other",
    explanation: "Put what both need into a third file, and import that.")

  package static let notALayer = DiagnosticCode(
    "E0210", "not_a_layer", "Something else where a layer is needed",
    explanation: """
      A stage of a chain, and what `residual`, `repeat` and `parallel` take, is a layer that waits for its input: \
      `relu`, `dense(8)`, a layer of the file, a `let` that names one, or a chain of these. A call that has its first \
      input already is a value.
      """,
    wrong: "model M(x: [4]) -> [4] {\n  let h = x -> dense(4)\n  x -> h\n}\n",
    right: "model M(x: [4]) -> [4] {\n  let h = dense(4)\n  x -> h\n}\n")

  package static let waitingLayer = DiagnosticCode(
    "E0211", "waiting_layer", "A layer where a value is needed",
    explanation: """
      A call that has not got its first input yet is a layer, not a value. Let something flow into it: `x -> relu`.
      """,
    wrong: "model M(x: [4]) -> [3] {\n  dense(3)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> dense(3)\n}\n")

  package static let unknownSetting = DiagnosticCode(
    "E0212", "unknown_setting", "A setting that the layer does not have",
    explanation: """
      The message lists the settings that there are. `nnc explain` followed by the name of a layer tells what each \
      means.
      """,
    wrong: "model M(x: [4]) -> [3] {\n  x -> dense(3, use_bias: false)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> dense(3, bias: false)\n}\n")

  package static let duplicateLabel = DiagnosticCode(
    "E0213", "duplicate_label", "A label given twice",
    explanation: """
      Each setting, input and field of a record is given once. The parts of a loss stand beside the sum, which is \
      called `loss`, and the metrics, and have names of their own.
      """,
    wrong: "model M(x: [4]) -> [3] {\n  x -> dense(3, bias: true, bias: false)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> dense(3, bias: false)\n}\n")

  package static let missingSetting = DiagnosticCode(
    "E0214", "missing_setting", "A required setting is left out",
    explanation: "Few settings are required; those have no default that would be right more often than not.",
    wrong: "model M(x: [4]) -> [3] {\n  x -> dense\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> dense(3)\n}\n")

  package static let missingInput = DiagnosticCode(
    "E0215", "missing_input", "An input is left out",
    explanation: """
      The first input may be left out, which makes a layer that waits for it; all others are given in the \
      parentheses.
      """,
    wrong: "model M(x: [4]) -> scalar {\n  maximum(sum(x))\n}\n",
    right: "model M(x: [4]) -> scalar {\n  maximum(sum(x), 0)\n}\n")

  package static let unnamedSetting = DiagnosticCode(
    "E0216", "unnamed_setting", "A setting without its name",
    explanation: """
      Only the one obvious setting of a built-in may stand without its name, as in `dense(64)`. All others, and every \
      setting of a layer of the file, are named, so that nobody has to count.
      """,
    wrong:
      "layer L(x: [D], units: Int) -> [units] {\n  x -> dense(units)\n}\n\nmodel M(x: [4]) -> [3] {\n  x -> L(3)\n}\n",
    right:
      "layer L(x: [D], units: Int) -> [units] {\n  x -> dense(units)\n}\n\nmodel M(x: [4]) -> [3] {\n  x -> L(units: 3)\n}\n"
  )

  package static let settingKind = DiagnosticCode(
    "E0217", "setting_kind", "A setting with a value of the wrong kind",
    explanation: "The message says what the setting takes.",
    wrong: "model M(x: [4]) -> [3] {\n  x -> dense(3, bias: 1)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> dense(3, bias: true)\n}\n")

  package static let settingRange = DiagnosticCode(
    "E0218", "setting_range", "A setting outside its range",
    explanation: "Outside the range the layer would compute nothing that makes sense.",
    wrong: "model M(x: [4]) -> [4] {\n  x -> dropout(1.5) -> dense(4)\n}\n",
    right: "model M(x: [4]) -> [4] {\n  x -> dropout(0.5) -> dense(4)\n}\n")

  package static let settingWord = DiagnosticCode(
    "E0219", "setting_word", "A word that the setting does not know",
    explanation: "Some settings take one of a few words, without quotes. The message lists them.",
    wrong: "model M(x: [4]) -> [4] {\n  x -> dense(4, initializer: kaiming)\n}\n",
    right: "model M(x: [4]) -> [4] {\n  x -> dense(4, initializer: he)\n}\n")

  package static let notConstant = DiagnosticCode(
    "E0220", "not_constant", "Something that is not known before training",
    explanation: """
      Sizes, settings and top-level `let`s are known before training: numbers, arithmetic, other constants, and \
      inside a layer its sizes and settings. They cannot depend on data or weights.
      """,
    wrong: "model M(x: [4]) -> [4] {\n  let n = sum(x)\n  x -> dense(n)\n}\n",
    right: "model M(x: [4]) -> [4] {\n  let n = 2 * 2\n  x -> dense(n)\n}\n")

  package static let constantType = DiagnosticCode(
    "E0221", "constant_type", "A constant that is not of its declared type",
    explanation: "A top-level `let` may be declared as `Int`, `Float`, `Bool`, `Word` or `text`.",
    wrong: "let width: Int = 1.5\n\nmodel M(x: [4]) -> [4] {\n  x -> dropout(width / 3) -> dense(4)\n}\n",
    right: "let width: Float = 1.5\n\nmodel M(x: [4]) -> [4] {\n  x -> dropout(width / 3) -> dense(4)\n}\n")

  package static let unknownOverride = DiagnosticCode(
    "E0222", "unknown_override", "`--set` names no constant of the file",
    explanation: "`--set name=value` changes a top-level `let`; the file has none of that name.")

  package static let bodyResult = DiagnosticCode(
    "E0223", "body_result", "A body without exactly one result",
    explanation: """
      The last expression of a body is its result; everything before it is a `let` or a `weight`. An expression in \
      between would have no effect.
      """,
    wrong: "model M(x: [4]) -> [3] {\n  let h = x -> dense(3)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  let h = x -> dense(3)\n  h\n}\n")

  package static let unknownField = DiagnosticCode(
    "E0224", "unknown_field", "A record without that field, or no record at all",
    explanation: "`value.field` takes a field out of a record, such as `(mean: a, spread: b)`.",
    wrong:
      "model M(x: [4]) -> [2] {\n  let both = (mean: x -> dense(2), spread: x -> dense(2))\n  both.mean + both.width\n}\n",
    right:
      "model M(x: [4]) -> [2] {\n  let both = (mean: x -> dense(2), spread: x -> dense(2))\n  both.mean + both.spread\n}\n"
  )

  package static let modelHeader = DiagnosticCode(
    "E0225", "model_header", "A model with settings, or with sizes that are no numbers",
    explanation: """
      A model is one set of weights in the whole file, so its sizes are numbers and it has no settings. What comes in \
      several sizes is a `layer`. A top-level `let` makes a number changeable.
      """,
    wrong: "model M(x: [D]) -> [3] {\n  x -> dense(3)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> dense(3)\n}\n")

  package static let inputDefault = DiagnosticCode(
    "E0226", "input_default", "An input with a default",
    explanation: "Settings may have defaults, inputs may not: they come from data.",
    wrong:
      "layer L(x: [D], scale: [D] = 1) -> [D] {\n  x * scale\n}\n\nmodel M(x: [4]) -> [4] {\n  L(x, scale: x)\n}\n",
    right: "layer L(x: [D], scale: [D]) -> [D] {\n  x * scale\n}\n\nmodel M(x: [4]) -> [4] {\n  L(x, scale: x)\n}\n")

  package static let repeatedModel = DiagnosticCode(
    "E0227", "repeated_model", "`repeat` of a model",
    explanation: """
      `repeat` copies what is written in it, each copy with weights of its own; a model is one set of weights, \
      whoever uses it. Make it a `layer`, or apply the model several times by hand.
      """,
    wrong: "model N(x: [4]) -> [4] {\n  x -> dense(4)\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> repeat(2, N)\n}\n",
    right: "layer N(x: [4]) -> [4] {\n  x -> dense(4)\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> repeat(2, N)\n}\n")

  package static let unknownType = DiagnosticCode(
    "E0228", "unknown_type", "A type that there is not",
    explanation: """
      Types are shapes of floats (`[28, 28, 1]`), `scalar`, `class(10)`, `token(65)[64]`, `bool[T]` and records of \
      these. `Int`, `Float`, `Bool`, `Word` and `Layer` are the types of settings.
      """,
    wrong: "model M(x: float[4]) -> [3] {\n  x -> dense(3)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> dense(3)\n}\n")

  package static let valueKind = DiagnosticCode(
    "E0229", "value_kind", "Something that is no value",
    explanation: """
      Values are tensors, numbers and records. Texts and words belong to settings, measures such as \
      `validation.loss` to `stop` and `keep`, metrics to `metrics`.
      """,
    wrong: "model M(x: [4]) -> [4] {\n  x + \"one\"\n}\n",
    right: "model M(x: [4]) -> [4] {\n  x + 1\n}\n")

  package static let drawShape = DiagnosticCode(
    "E0230", "draw_shape", "A draw or constant whose shape is not declared",
    explanation: """
      `normal`, `uniform`, `zeros` and `ones` take the shape that their place declares: a `let` with a type, or the \
      input of a model.
      """,
    wrong: "model M(x: [4]) -> [4] {\n  let noise = normal\n  x + noise\n}\n",
    right: "model M(x: [4]) -> [4] {\n  let noise: [4] = normal\n  x + noise\n}\n")

  package static let formPlace = DiagnosticCode(
    "E0231", "form_place", "A word that means something only elsewhere",
    explanation: """
      `column` and fitted transforms such as `standardize` belong in data blocks, where the training rows are known; \
      `restore`, `gradient` and `across` belong in train blocks, `generate` in their `samples`.
      """,
    wrong: "model M(x: [4]) -> [3] {\n  x -> standardize -> dense(3)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> layer_norm -> dense(3)\n}\n")

  package static let recordLabel = DiagnosticCode(
    "E0232", "record_label", "A field of a record without a name",
    explanation: "Every field of a record has a name: `(mean: a, spread: b)`.",
    wrong:
      "model M(x: [4]) -> [2] {\n  let both = (mean: x -> dense(2), x -> dense(2))\n  both.mean\n}\n",
    right:
      "model M(x: [4]) -> [2] {\n  let both = (mean: x -> dense(2), spread: x -> dense(2))\n  both.mean + both.spread\n}\n"
  )

  package static let divisionByZero = DiagnosticCode(
    "E0234", "division_by_zero", "A constant divided by zero",
    explanation: "The divisor of a division or of `%` that is known before training must not be 0.",
    wrong: "let n = 8 / 0\n\nmodel M(x: [4]) -> [n] {\n  x -> dense(n)\n}\n",
    right: "let n = 8 / 2\n\nmodel M(x: [4]) -> [n] {\n  x -> dense(n)\n}\n")
}
