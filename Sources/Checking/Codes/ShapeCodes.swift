import Diagnostics

extension CheckingCodes {
  package static let inputElement = DiagnosticCode(
    "E0301", "input_element", "An input that holds the wrong kind of values",
    explanation: """
      Layers work on numbers; classes and tokens become numbers by `embed` or `one_hot`; losses take scores and \
      classes in this order.
      """,
    wrong: "model M(c: class(5)) -> [3] {\n  c -> dense(3)\n}\n",
    right: "model M(c: class(5)) -> [3] {\n  c -> embed(8) -> dense(3)\n}\n")

  package static let classArithmetic = DiagnosticCode(
    "E0302", "class_arithmetic", "Arithmetic on what is no number",
    explanation: """
      A class is the name of one of several things; the sum of two of them means nothing. `==`, `one_hot`, `embed`, \
      losses and metrics take classes and tokens. `and`, `or` and `not` take truth values, which comparisons give.
      """,
    wrong: "model M(c: class(5)) -> scalar {\n  2 * c\n}\n",
    right: "model M(c: class(5)) -> scalar {\n  c -> embed(1) -> squeeze\n}\n")

  package static let broadcast = DiagnosticCode(
    "E0303", "broadcast", "Shapes that do not fit each other",
    explanation: """
      Elementwise arithmetic takes equal shapes, a scalar, a trailing part of the other shape (`[T, D] + [D]`), or \
      shapes of one rank of which one has 1s. The result has the shape of one of the two.
      """,
    wrong: "model M(x: [4]) -> [8] {\n  (x -> dense(8)) + (x -> dense(6))\n}\n",
    right: "model M(x: [4]) -> [8] {\n  (x -> dense(8)) + (x -> dense(8))\n}\n")

  package static let annotation = DiagnosticCode(
    "E0304", "annotation", "A value that is not of the type its `let` declares",
    explanation: "A declared type is checked. It may add or drop one final axis of size 1, nothing else.",
    wrong: "model M(x: [4]) -> [8] {\n  let h: [16] = x -> dense(8)\n  h\n}\n",
    right: "model M(x: [4]) -> [8] {\n  let h: [8] = x -> dense(8)\n  h\n}\n")

  package static let result = DiagnosticCode(
    "E0305", "result", "A body whose result is not of the declared type",
    explanation: "The type behind `->` in the header is what the last expression of the body must give.",
    wrong: "model M(x: [4]) -> [3] {\n  x -> dense(4)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> dense(3)\n}\n")

  package static let inputShape = DiagnosticCode(
    "E0306", "input_shape", "An input of another shape than the header says",
    explanation: """
      The sizes that a header names are found from what flows in, from the left; a size that occurs twice must be the \
      same both times, and numbers must agree.
      """,
    wrong: "layer L(x: [T, D]) -> [T, D] {\n  x -> dense(D)\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> L\n}\n",
    right: "layer L(x: [D]) -> [D] {\n  x -> dense(D)\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> L\n}\n")

  package static let layerRefuses = DiagnosticCode(
    "E0307", "layer_refuses", "A layer that cannot take this input or these settings",
    explanation: "The message gives the layer's own reason, and the shapes that led there.",
    wrong: "model M(x: [4]) -> [2, 3] {\n  x -> reshape([2, 3])\n}\n",
    right: "model M(x: [6]) -> [2, 3] {\n  x -> reshape([2, 3])\n}\n")

  package static let unproven = DiagnosticCode(
    "E0308", "unproven", "Something about sizes that is not proven",
    explanation: """
      What is not proven for every size that the header allows is not let pass. Inside a layer, a requirement over \
      the header's sizes can be stated in `where`; where a length differs from example to example, it cannot hold.
      """,
    wrong: "model M(x: [T <= 8, 4]) -> [4] {\n  x[0]\n}\n",
    right: "model M(x: [8, 4]) -> [4] {\n  x[0]\n}\n")

  package static let divisionNotExact = DiagnosticCode(
    "E0309", "division_not_exact", "A size divided with a remainder",
    explanation: "`/` on sizes is exact. Rounding is written out: `floor(n / 2)`, `ceil(n / 2)`.",
    wrong: "model M(x: [4]) -> [2] {\n  x -> dense(5 / 2)\n}\n",
    right: "model M(x: [4]) -> [2] {\n  x -> dense(floor(5 / 2))\n}\n")

  package static let notWhole = DiagnosticCode(
    "E0310", "not_whole", "A size that is no whole number",
    explanation: "Sizes and counts are whole numbers.",
    wrong: "let width = 2.5\n\nmodel M(x: [4]) -> [2] {\n  x -> dense(width) -> relu -> dense(2)\n}\n",
    right: "let width = 3\n\nmodel M(x: [4]) -> [2] {\n  x -> dense(width) -> relu -> dense(2)\n}\n")

  package static let sizeNotPositive = DiagnosticCode(
    "E0311", "size_not_positive", "A size below 1",
    explanation: "Every axis has at least one position, every class at least one value.",
    wrong: "model M(x: [0]) -> [3] {\n  x -> dense(3)\n}\n",
    right: "model M(x: [1]) -> [3] {\n  x -> dense(3)\n}\n")

  package static let requirement = DiagnosticCode(
    "E0312", "requirement", "What the header of a layer requires does not hold here",
    explanation: """
      The `where` clause of a layer, and what was inferred from its body, is decided at every use, with the sizes \
      there.
      """,
    wrong:
      "layer Halves(x: [D]) -> [D / 2] where D % 2 == 0 {\n  x[0 ..< D / 2]\n}\n\nmodel M(x: [5]) -> [2] {\n  x -> Halves\n}\n",
    right:
      "layer Halves(x: [D]) -> [D / 2] where D % 2 == 0 {\n  x[0 ..< D / 2]\n}\n\nmodel M(x: [4]) -> [2] {\n  x -> Halves\n}\n"
  )

  package static let sizeOverflow = DiagnosticCode(
    "E0313", "size_overflow", "A size beyond what 64 bits count",
    explanation: """
      Sizes are computed with checks; this one, or a number of elements, does not fit. One value or weight \
      of more than 2^40 numbers is refused as well: no memory holds it.
      """,
    wrong: "model M(x: [4]) -> [2] {\n  x -> dense(9_000_000_000 * 9_000_000_000) -> relu -> dense(2)\n}\n",
    right: "model M(x: [4]) -> [2] {\n  x -> dense(9) -> relu -> dense(2)\n}\n")

  package static let slice = DiagnosticCode(
    "E0314", "slice", "A slice outside its value",
    explanation: """
      Positions count from 0. `x[0 ..< n]` takes n of them, `x[0 ... n]` one more; the last of n is `x[n - 1]`. A \
      length that differs from example to example, and the axes of a pack, cannot be sliced.
      """,
    wrong: "model M(x: [4]) -> [4] {\n  x[1 ... 4]\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x[1 ... 3]\n}\n")

  package static let list = DiagnosticCode(
    "E0315", "list", "A list whose parts do not fit together",
    explanation: """
      `[a, b]` stacks scalars to a vector and joins vectors along their last axis. All parts are numbers; parts with \
      several axes agree in all but the last.
      """,
    wrong: "model M(x: [4], c: class(3)) -> [2] {\n  [sum(x), c]\n}\n",
    right: "model M(x: [4], c: class(3)) -> [4] {\n  [sum(x), c -> one_hot]\n}\n")

  package static let comparison = DiagnosticCode(
    "E0316", "comparison", "A comparison of different things",
    explanation: "Numbers compare with numbers; classes with classes of the same count, or with a number.",
    wrong: "model M(a: class(3), b: class(4)) -> bool {\n  a == b\n}\n",
    right: "model M(a: class(3), b: class(3)) -> bool {\n  a == b\n}\n")

  package static let matrixProduct = DiagnosticCode(
    "E0317", "matrix_product", "A matrix product of shapes that do not meet",
    explanation: "`a @ b` needs as many columns of a as b has rows: `[T, D] @ [D, M]` is `[T, M]`.",
    wrong:
      "layer L(x: [D]) -> [3] {\n  weight w: [3, D] = glorot\n  x @ w\n}\n\nmodel M(x: [4]) -> [3] {\n  x -> L\n}\n",
    right:
      "layer L(x: [D]) -> [3] {\n  weight w: [D, 3] = glorot\n  x @ w\n}\n\nmodel M(x: [4]) -> [3] {\n  x -> L\n}\n")

  package static let recordAsTensor = DiagnosticCode(
    "E0318", "record_as_tensor", "A record where a tensor is needed",
    explanation: "Take one field of the record (`pair.mean`), or join the fields in a list.",
    wrong: "model M(x: [4]) -> [2] {\n  let pair = (mean: x -> dense(2), spread: x -> dense(2))\n  pair -> relu\n}\n",
    right:
      "model M(x: [4]) -> [2] {\n  let pair = (mean: x -> dense(2), spread: x -> dense(2))\n  (pair.mean + pair.spread) -> relu\n}\n"
  )

  package static let varyingLength = DiagnosticCode(
    "E0319", "varying_length", "A layer that would mix real positions with padding",
    explanation: """
      A length such as `T <= 200` differs from example to example. Layers that work position by position, \
      reductions over time, attention and recurrences know where an example ends, and so does `conv` with \
      `padding: same` and a stride of 1; others, such as `flatten`, do not. Reduce over time first.
      """,
    wrong: "model M(x: [T <= 200, 8]) -> [3] {\n  x -> flatten -> dense(3)\n}\n",
    right: "model M(x: [T <= 200, 8]) -> [T, 3] {\n  x -> dense(3)\n}\n")

  package static let sharedWeights = DiagnosticCode(
    "E0320", "shared_weights", "One layer applied to inputs that need different weights",
    explanation: """
      A layer that a `let` names has one set of weights. It can be applied often, but always to inputs that need \
      weights of the same shapes. Write the layer twice where two sets are meant.
      """,
    wrong:
      "model M(x: [4], y: [6]) -> [8] {\n  let enc = dense(8)\n  (x -> enc) + (y -> enc)\n}\n",
    right: "model M(x: [4], y: [6]) -> [8] {\n  (x -> dense(8)) + (y -> dense(8))\n}\n")

  package static let fact = DiagnosticCode(
    "E0321", "fact", "A `where` clause that says nothing that can hold",
    explanation: "A clause compares sizes: `D % heads == 0`, `H >= 3`, `a == b`. Clauses must not exclude each other.",
    wrong: "layer L(x: [D]) -> [D] where D {\n  x -> dense(D)\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> L\n}\n",
    right: "layer L(x: [D]) -> [D] where D >= 2 {\n  x -> dense(D)\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> L\n}\n")

  package static let packPlace = DiagnosticCode(
    "E0322", "pack_place", "A pack of axes that is not first",
    explanation: "`...S` stands for any number of leading axes, once and at the beginning: `[...S, D]`.",
    wrong: "layer L(x: [D, ...S]) -> [D] {\n  x -> relu\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> L\n}\n",
    right: "layer L(x: [...S, D]) -> [...S, D] {\n  x -> relu\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> L\n}\n")

  package static let weightShape = DiagnosticCode(
    "E0323", "weight_shape", "A weight without a shape of its own",
    explanation: "`weight w: [D, units] = glorot`: floats of a shape over the sizes of the header, and an initialiser.",
    wrong:
      "layer L(x: [D]) -> [D] {\n  weight b: class(3) = zeros\n  x + b\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> L\n}\n",
    right: "layer L(x: [D]) -> [D] {\n  weight b: [D] = zeros\n  x + b\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> L\n}\n")

  package static let scan = DiagnosticCode(
    "E0324", "scan", "A scan whose parts do not fit together",
    explanation: "The sequences have equal lengths, and the body gives the next state, of the state's type.",
    wrong:
      "layer L(xs: [T, D]) -> [T, D] {\n  scan x in xs from h: [D] = zeros {\n    sum(h + x)\n  }\n}\n\nmodel M(x: [3, 4]) -> [3, 4] {\n  x -> L\n}\n"
  )

  package static let mixesExamples = DiagnosticCode(
    "E0325", "mixes_examples", "`batch_norm` where examples must stay apart",
    explanation: """
      It mixes the examples of a batch. Inside a `scan` that would also mix time, and under `gradient(…, by: …)` the \
      number of one example would depend on another's values. Use `layer_norm` there.
      """,
    wrong:
      "layer L(xs: [T, D]) -> [T, D] {\n  scan x in xs from h: [D] = zeros {\n    (h + x) -> batch_norm\n  }\n}\n\nmodel M(x: [3, 4]) -> [3, 4] {\n  x -> L\n}\n"
  )

  package static let tooManyInstances = DiagnosticCode(
    "E0326", "too_many_instances", "More layers than can be unfolded",
    explanation: """
      Every layer of a model becomes a part of its plan, each copy that `repeat` makes too: at most 50 000. Layers \
      that use each other stand at most 256 deep. \
      A layer with a `Layer` setting is checked again at each use, since only its use says what it returns. Nested \
      too deeply, that would take forever.
      """,
    wrong: "model M(x: [4]) -> [4] {\n  x -> repeat(1000, repeat(1000, dense(4) -> relu))\n}\n",
    right: "model M(x: [4]) -> [4] {\n  x -> repeat(10, repeat(10, dense(4) -> relu))\n}\n")

  package static let tooLong = DiagnosticCode(
    "E0328", "too_long", "An expression of too many parts",
    explanation: "Some expressions nest with every part. Give parts of a long one a name with `let`.",
    wrong: "layer L(x: [D], rate: Float) -> [D] {\n  x * (rate" + String(repeating: " + rate", count: 250)
      + ")\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> L(rate: 1)\n}\n",
    right:
      "layer L(x: [D], rate: Float) -> [D] {\n  x * (251 * rate)\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> L(rate: 1)\n}\n"
  )

  package static let repeatedAxis = DiagnosticCode(
    "E0327", "repeated_axis", "An axis named twice",
    explanation: "Each axis can be reduced once.",
    wrong: "model M(x: [6, 6, 3]) -> [6, 3] {\n  x -> mean(over: [height, height])\n}\n",
    right: "model M(x: [6, 6, 3]) -> [3] {\n  x -> mean(over: [height, width])\n}\n")
}
