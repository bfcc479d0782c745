import Declarations
import Diagnostics
import Syntax
import Tensors

extension Diagnostic {
  static func inputElement(
    _ declaration: CallableDeclaration, _ input: InputDeclaration, _ type: String, at span: Span, argument: String?
  ) -> Diagnostic {
    let given = argument.map { "`\($0)` is \(type)" } ?? "gets \(type)"
    let role = declaration.inputs.count > 1 ? " as `\(input.name)`" : ""
    let result = Diagnostic(
      CheckingCodes.inputElement, "`\(declaration.name)` takes \(words(input.element))\(role), but \(given)",
      at: Label(span, argument == nil ? "this gets \(type)" : "this is \(type)"))
    return result.noting(advice(input.element, type, declaration.category))
  }

  /// `cross_entropy(y, logits)`
  static func inputsSwapped(_ name: String, _ inputs: [InputDeclaration], at span: Span, _ fix: Fix) -> Diagnostic {
    let order = inputs.map { $0.element == .any ? "the target" : words($0.element) }
    var result = Diagnostic(
      CheckingCodes.inputElement, "`\(name)` takes \(order[0]) first, then \(order[1])",
      at: Label(span, "the other way round here"))
    result.fixes = [fix]
    return result
  }

  static func metricElement(_ name: String, _ input: InputDeclaration, _ type: String, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.inputElement, "`\(name)` takes \(words(input.element)) as `\(input.name)`, but this is \(type)",
      at: Label(span, "this is \(type)"))
  }

  static func transformElement(_ name: Name, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.inputElement, "`\(name.text)` works on numbers, but gets \(type)",
      at: Label(name.span, "this gets \(type)"))
  }

  static func recordAsInput(_ name: String, _ span: Span, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.recordAsTensor, "`\(name)` takes a tensor, but gets a record", at: Label(span, "this is \(type)"))
  }

  private static func words(_ pattern: ElementPattern) -> String {
    switch pattern {
    case .float: "numbers"
    case .bool: "truth values"
    case .classes: "classes"
    case .token: "tokens"
    case .text: "text"
    case .label: "classes or tokens"
    case .any: "numbers, classes or tokens"
    }
  }

  private static func advice(_ pattern: ElementPattern, _ type: String, _ category: Category) -> String? {
    let isLabel = type.hasPrefix("class(") || type.hasPrefix("token(")
    if pattern == .float, isLabel, category == .loss {
      return "`cross_entropy(logits, classes)` compares scores with classes"
    }
    if pattern == .float, isLabel { return "`embed` or `one_hot` turn classes and tokens into numbers" }
    if pattern == .label, !isLabel { return "a class is declared in the data block: `let y: class(3) = …`" }
    return nil
  }

  static func classArithmetic(_ span: Span, _ text: String, _ type: String, op: String) -> Diagnostic {
    let isText = type.hasPrefix("text")
    return Diagnostic(
      CheckingCodes.classArithmetic, "`\(op)` needs numbers, but `\(text)` is \(type)",
      at: Label(span, "this is \(type)")
    )
    .noting(
      isText
        ? "`-> one_hot` turns categories into numbers" : "`embed` or `one_hot` turn classes and tokens into numbers")
  }

  static func notATruthValue(_ span: Span, _ text: String, _ type: String, op: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.classArithmetic, "`\(op)` needs truth values, but `\(text)` is \(type)",
      at: Label(span, "this is \(type)")
    ).noting("comparisons give truth values: `\(text) > 0`")
  }

  static func shapesDoNotBroadcast(
    _ op: String, _ left: (span: Span, type: String), _ right: (span: Span, type: String), _ place: Span,
    differing: String?, unproven: String?
  ) -> Diagnostic {
    let axis = differing.map { " in \($0)" } ?? ""
    let difference = unproven == nil ? "differ\(axis)" : "are not known to be equal"
    return Diagnostic(
      CheckingCodes.broadcast, "`\(op)` needs shapes that fit, but \(left.type) and \(right.type) \(difference)",
      at: Label(place, "\(left.type) \(op) \(right.type)")
    ).with(left.span, "this is \(left.type)").with(right.span, "this is \(right.type)")
      .noting(unproven.map { "`where \($0)` in the header would say so" })
  }

  static func annotationMismatch(
    _ name: Name, declared: String, actual: String, at span: Span, declaredAt: Span
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.annotation, "`\(name.text)` is declared as \(declared), but its value is \(actual)",
      at: Label(span, "this is \(actual)")
    ).with(declaredAt, "declared here")
  }

  static func resultMismatch(
    _ name: Name, declared: String, actual: String, at span: Span, declaredAt: Span
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.result, "`\(name.text)` is declared to give \(declared), but its body gives \(actual)",
      at: Label(span, "this is \(actual)")
    ).with(declaredAt, "declared here")
  }

  static func inputMismatch(
    _ callee: Name, _ input: Name, wanted: String, given: String, _ detail: String, at span: Span
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.inputShape, "`\(callee.text)` takes \(wanted) as `\(input.text)`, but gets \(given)",
      at: Label(span, detail)
    ).with(input.span, "declared here")
  }

  static func refused(_ reason: ShapeReason, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.layerRefuses, reason.message, at: Label(span, reason.detail.isEmpty ? "here" : reason.detail)
    ).noting(reason.note)
  }

  static func requirement(_ callee: Name, _ requirement: String, _ failure: String, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.requirement, "`\(callee.text)` needs `\(requirement)`, but \(failure)", at: Label(span, failure)
    ).with(callee.span, "`\(callee.text)` says so here")
  }

  static func unproven(_ span: Span, _ what: String, _ fact: String, isReason: Bool = false) -> Diagnostic {
    let message = isReason ? "it is not proven that this holds: \(what.dropFirst(5))" : "it is not proven \(what)"
    return Diagnostic(CheckingCodes.unproven, message, at: Label(span, "needs `\(fact)`"))
  }

  static func sizeNotProvenPositive(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unproven, "it is not proven that the size `\(text)` is at least 1",
      at: Label(span, "may be below 1"))
  }

  static func divisionNotProven(_ span: Span, _ text: String, _ a: String, _ b: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unproven, "it is not proven that \(b) divides \(a)", at: Label(span, "`/` on sizes is exact")
    ).noting("`floor(\(text))` and `ceil(\(text))` round")
  }

  static func divisionNotExact(_ span: Span, _ text: String, _ a: String, _ b: String) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.divisionNotExact, "\(b) does not divide \(a)", at: Label(span, "`/` on sizes is exact"))
    result.fixes = [
      Fix("round down: `floor(\(text))`", [Edit(span.beginning, "floor("), Edit(span.ending, ")")], isCertain: false),
      Fix("round up: `ceil(\(text))`", [Edit(span.beginning, "ceil("), Edit(span.ending, ")")], isCertain: false),
    ]
    return result
  }

  static func notWhole(_ span: Span, _ text: String, value: String?, named name: String?) -> Diagnostic {
    let but = value == text ? "not \(text)" : "but `\(text)` is \(value ?? "")"
    let message =
      value == nil ? "the size `\(text)` may not be whole" : "\(name ?? "a size") is a whole number, \(but)"
    return Diagnostic(CheckingCodes.notWhole, message, at: Label(span, value.map { "this is \($0)" } ?? "not whole"))
  }

  static func sizeNotPositive(_ span: Span, _ text: String, value: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sizeNotPositive, "a size is at least 1, but `\(text)` is \(value)",
      at: Label(span, "this is \(value)"))
  }

  static func sizeOverflow(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sizeOverflow, "`\(excerpt(text))` makes a size beyond what 64 bits count",
      at: Label(span, "too large"))
  }

  static func sizeBeyondMemory(_ span: Span, _ text: String, count: Int) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sizeOverflow, "`\(excerpt(text))` makes \(count) numbers, more than any memory holds",
      at: Label(span, "too large"))
  }

  static func listTooLong(_ span: Span, _ text: String, limit: Int) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tooLong, "`\(text)` holds more than \(limit) values, or lists too deep inside each other",
      at: Label(span, "too long"))
  }

  static func unfoldsTooFar(_ name: String, at span: Span, count: Int?, limit: Int) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tooManyInstances,
      "`\(name)` unfolds into \(count.map(String.init) ?? "countless") layers and operations; \(limit) is the most",
      at: Label(span, "too much for one plan")
    ).noting("repeats inside repeats multiply")
  }

  static func layersTooDeep(_ name: String, limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tooManyInstances, "`\(name)` stands on more than \(limit - 1) layers that use each other in a row",
      at: Label(span, "too deep to unfold"))
  }

  static func chainTooLong(_ count: Int, limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tooManyInstances, "\(count) layers stand in one chain; \(limit) is the most",
      at: Label(span, "too much for one plan"))
  }

  // MARK: Slices, lists, products

  static func sliceOutside(_ span: Span, _ text: String, type: String, size: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.slice, "`\(text)` lies outside \(type)", at: Label(span, "positions go from 0 to \(size) - 1"))
  }

  static func emptySlice(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.slice, "`\(text)` takes nothing", at: Label(span, "the end is not behind the beginning"))
  }

  static func slicePack(_ span: Span, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.slice, "the first axis of \(type) is not known, so it cannot be sliced",
      at: Label(span, "this is \(type)"))
  }

  static func sliceVarying(_ span: Span, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unproven, "it is not proven that every example is long enough for this slice of \(type)",
      at: Label(span, "the length differs from example to example"))
  }

  static func tooManyIndices(_ span: Span, _ type: String, count: Int) -> Diagnostic {
    Diagnostic(CheckingCodes.slice, "\(type) has fewer than \(count) axes", at: Label(span, "too many positions"))
  }

  static func emptyList(_ span: Span) -> Diagnostic {
    Diagnostic(CheckingCodes.list, "a list needs a part", at: Label(span, "this is empty"))
  }

  static func listElement(_ span: Span, _ text: String, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.list, "a list joins numbers, but `\(text)` is \(type)", at: Label(span, "this is \(type)")
    ).noting("`one_hot` and `embed` turn classes and tokens into numbers")
  }

  static func listShapes(_ span: Span, _ type: String, _ first: Span, _ firstType: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.list, "the parts of a list differ in their last axis only, but \(firstType) meets \(type)",
      at: Label(span, "this is \(type)")
    ).with(first, "this is \(firstType)")
  }

  static func comparison(
    _ op: String, _ left: (span: Span, type: String), _ right: (span: Span, type: String), _ place: Span
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.comparison, "\(left.type) and \(right.type) cannot be compared",
      at: Label(place, "\(left.type) \(op) \(right.type)")
    ).with(left.span, "this is \(left.type)").with(right.span, "this is \(right.type)")
  }

  static func matrixProduct(
    _ left: (span: Span, type: String), _ right: (span: Span, type: String), _ place: Span, reason: String
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.matrixProduct, "\(left.type) @ \(right.type) is no matrix product", at: Label(place, reason)
    ).with(left.span, "this is \(left.type)").with(right.span, "this is \(right.type)")
  }

  static func recordAsTensor(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.recordAsTensor, "`\(text)` is a record, but a tensor is needed", at: Label(span, "this is a record")
    )
  }

  // MARK: Lengths, sharing, headers

  static func varyingRefused(
    _ name: String, _ type: String, _ axis: String, _ span: Span, when: String? = nil
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.varyingLength,
      "`\(name)` would mix real positions with padding: the length \(axis) differs from example to example",
      at: Label(span, type.isEmpty ? "gets a varying length" : "gets \(type)")
    ).noting(
      when.map { "\($0) `\(name)` knows where an example ends" }
        ?? (["batch_norm", "group_norm"].contains(name)
          ? "`layer_norm` works on each position alone" : "reduce over time first: `mean(over: time)`"))
  }

  static func lengthArithmetic(_ span: Span, _ text: String, _ name: String, _ limit: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.varyingLength,
      "`\(excerpt(text))` is not known: the length `\(name)` differs from example to example",
      at: Label(span, "`\(name)` is at most \(limit)")
    ).noting("as a number `\(name)` can stand alone, and in sums and multiples: `\(name) - 1`, `2 * \(name)`")
  }

  static func sharedWeights(_ name: String, at span: Span, _ type: String, first: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sharedWeights, "`\(name)` is one layer, and its weights do not fit \(type)",
      at: Label(span, "needs weights of other shapes")
    ).with(first, "its weights take their shapes here")
  }

  static func notAFact(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.fact, "`\(text)` says nothing about sizes",
      at: Label(span, "a comparison such as `D % 2 == 0` is needed"))
  }

  static func factFalse(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(CheckingCodes.fact, "`\(text)` never holds", at: Label(span, "false for every size"))
  }

  static func contradiction(_ span: Span) -> Diagnostic {
    Diagnostic(CheckingCodes.fact, "no sizes satisfy all clauses", at: Label(span, "these exclude each other"))
  }

  static func packNotFirst(_ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.packPlace, "a pack stands for leading axes, so it comes first", at: Label(span, "not first"))
  }

  static func weightWithoutShape(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.weightShape, "the weight `\(name.text)` needs a shape", at: Label(name.span, "of which shape?")
    ).noting("`weight \(name.text): [D, units] = glorot`")
  }

  static func weightType(_ name: Name, _ type: String, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.weightShape, "a weight is floats of known sizes, but `\(name.text)` is \(type)",
      at: Label(span, "this is \(type)"))
  }

  static func notAnInitializer(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.weightShape, "`\(text)` is no initialiser", at: Label(span, "such as `glorot` or `zeros` is needed")
    )
  }

  static func unknownInitializer(_ name: Name, _ found: Suggestion?) -> Diagnostic {
    Diagnostic(
      CheckingCodes.weightShape, "there is no initialiser `\(name.text)`",
      at: Label(name.span, "such as `glorot` or `zeros` is needed")
    ).suggesting(found, at: name.span)
  }

  static func scanState(declared: String, actual: String, at span: Span, declaredAt: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.scan, "the state is \(declared), but the body gives \(actual)", at: Label(span, "this is \(actual)")
    ).with(declaredAt, "the state is declared here")
  }

  static func scanStateElement(_ name: Name, _ type: String, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.scan,
      "the state `\(name.text)` is \(type), but only numbers of one shape are handed from step to step",
      at: Label(span, "this is \(type)"))
  }

  static func scanSource(_ span: Span, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.scan, "a scan goes along the first axis, which \(type) has not", at: Label(span, "this is \(type)"))
  }

  static func scanLengths(_ span: Span, _ type: String, size: String, other: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.scan, "the sequences of a scan differ in length: \(other) steps and \(size)",
      at: Label(span, "this is \(type)"))
  }

  static func mixesExamplesInScan(_ name: String, _ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.mixesExamples, "`\(name)` mixes the examples of a batch, which a scan keeps apart",
      at: Label(span, "inside a scan")
    ).noting("`layer_norm` works on each example alone")
  }

  static func tooManyInstances(_ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tooManyInstances, "layers are given to layers too often to check each use",
      at: Label(span, "one use too many"))
  }

  static func tooLong(_ span: Span, _ what: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tooLong, "\(what) has more than 200 parts", at: Label(span, "give parts of it a name with `let`"))
  }

  static func unstatedRequirement(
    _ declaration: LayerDeclaration, clauses: [String], reasons: [InferredRequirement]
  ) -> Diagnostic {
    let list = clauses.joined(separator: ", ")
    var result = Diagnostic(
      CheckingCodes.unstatedRequirement, "`\(declaration.name.text)` needs `\(list)`, which its header does not state",
      at: Label(declaration.name.span, "works for some sizes only"))
    for reason in reasons { result = result.with(reason.span, "needs `\(reason.text)`") }
    let edit =
      declaration.facts.isEmpty
      ? Edit(declaration.factsSpan.ending, " where \(list)") : Edit(declaration.factsSpan.ending, ", \(list)")
    result.fixes = [Fix("state it", [edit], isCertain: true)]
    return result
  }
}
