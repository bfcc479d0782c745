/// Why a shape does not fit a signature. Axes are counted in the shape that was given, from 0.
package enum ShapeMismatch: Sendable, Hashable {
  /// The number of axes differs; the signature's shape has its pack and variables.
  case rank(expected: Shape, got: Shape)
  /// A size differs, or has not been proven to be the same: ``ShapeMatch/verdict`` tells which.
  case axis(Int, expected: Dimension, got: Dimension)
  /// A length that differs from example to example stands where the signature computes with a fixed one.
  case varying(Int, expected: Dimension, got: Axis)
  /// A length, or the limit of one, exceeds the limit in the signature, or has not been proven not to.
  case limit(Int, expected: Dimension, got: Dimension)
  /// The elements differ.
  case element(expected: Element, got: Element)
  /// Nothing that was given determines the variable of the signature.
  case underdetermined(String)
}

/// The outcome of matching what a call gives with what a signature declares.
package struct ShapeMatch: Sendable, Hashable {
  /// The first axis that fails, from the left; nil where all fit.
  package var mismatch: ShapeMismatch?
  /// `proven` where all fit (if what is owed holds), `refuted` where the shapes never fit, `unknown` otherwise.
  package var verdict: Verdict = .proven
  /// What must hold of the caller's sizes for the match, and has been neither proven nor refuted.
  package var owes: [Fact] = []
  /// The limits of the signature's variables that are bound to lengths that vary.
  package var varying: [String: Dimension] = [:]
  package var isMatch: Bool { mismatch == nil }

  package init(mismatch: ShapeMismatch? = nil, verdict: Verdict = .proven) {
    self.mismatch = mismatch
    self.verdict = verdict
  }
}

extension Shape {
  /// Matches this shape of a signature with the shape of an argument.
  ///
  /// The argument's variables are rigid; the signature's are solved left to right, each where it occurs linearly and the
  /// others are known, so that an answer is the only one. A leading pack takes the axes that remain. A varying axis of
  /// the signature accepts a fixed or varying length within its limit; a bare variable accepts any length.
  /// `bindings` and `packs` hold what is known of the signature's names, settings included, and gain what is solved.
  package func match(
    _ argument: Shape, bindings: inout [String: Dimension], packs: inout [String: Shape], facts: Facts
  ) -> ShapeMatch {
    guard let (offset, expected) = aligned(with: argument, &packs) else {
      let known = substituting(bindings, packs: packs)
      return ShapeMatch(mismatch: .rank(expected: known, got: argument), verdict: .refuted)
    }
    var matcher = Matcher(facts: facts, bindings: bindings)
    // A pack that is known already holds the caller's names.
    for index in 0..<offset where expected[index] != argument.axes[index] {
      matcher.compare(expected[index], argument.axes[index], at: index)
    }
    var waiting = Array(offset..<expected.count)
    while true {
      let left = waiting.filter { !matcher.match(expected[$0], argument.axes[$0], at: $0) }
      if left.count == waiting.count { break }
      waiting = left
    }
    for index in waiting {
      let names = expected[index].size.variables.union(expected[index].limit?.variables ?? [])
      let unknown = names.filter { matcher.bindings[$0] == nil }.sorted()
      if let name = unknown.first { matcher.fail(.underdetermined(name), .unknown, at: index) }
    }
    bindings = matcher.bindings
    return matcher.result
  }

  /// The axes of the signature that stand beside those of the argument, the pack's first, and the number of those; nil
  /// where their numbers do not fit.
  private func aligned(with argument: Shape, _ packs: inout [String: Shape]) -> (offset: Int, axes: [Axis])? {
    guard let pack else {
      return argument.pack == nil && argument.axes.count == axes.count ? (0, axes) : nil
    }
    if let known = packs[pack] {
      guard known.pack == argument.pack, known.axes.count + axes.count == argument.axes.count else { return nil }
      return (known.axes.count, known.axes + axes)
    }
    let count = argument.axes.count - axes.count
    if count < 0 { return nil }
    let leading = Array(argument.axes.prefix(count))
    packs[pack] = Shape(pack: argument.pack, leading)
    return (count, leading + axes)
  }
}

extension TensorType {
  /// Matches this type of a signature with the type of an argument: the elements, then the shapes.
  package func match(
    _ argument: TensorType, bindings: inout [String: Dimension], packs: inout [String: Shape], facts: Facts
  ) -> ShapeMatch {
    var counts = Matcher(facts: facts, bindings: bindings)
    switch (element, argument.element) {
    case (.classes(let expected), .classes(let got)), (.token(let expected), .token(let got)):
      let isSolved = counts.match(Axis(expected), Axis(got), at: 0)
      if !isSolved || counts.result.mismatch != nil {
        let known = element.substituting(bindings)
        let verdict = isSolved ? counts.result.verdict : .unknown
        return ShapeMatch(mismatch: .element(expected: known, got: argument.element), verdict: verdict)
      }
    case (let expected, let got):
      if expected != got {
        let known = expected.substituting(bindings)
        return ShapeMatch(mismatch: .element(expected: known, got: got), verdict: .refuted)
      }
    }
    bindings = counts.bindings
    var result = shape.match(argument.shape, bindings: &bindings, packs: &packs, facts: facts)
    result.owes = counts.result.owes + result.owes
    return result
  }
}

/// Solves the signature's variables axis by axis.
private struct Matcher {
  let facts: Facts
  var bindings: [String: Dimension]
  var result = ShapeMatch()
  private var failedAxis = Int.max

  init(facts: Facts, bindings: [String: Dimension]) {
    self.facts = facts
    self.bindings = bindings
  }

  /// Keeps the leftmost failure.
  mutating func fail(_ mismatch: ShapeMismatch, _ verdict: Verdict, at index: Int) {
    if index >= failedAxis { return }
    failedAxis = index
    result.mismatch = mismatch
    result.verdict = verdict
  }

  /// Matches one axis; false where it has more than one unknown, or one that does not occur linearly.
  mutating func match(_ expected: Axis, _ got: Axis, at index: Int) -> Bool {
    let unknown = expected.size.variables.filter { bindings[$0] == nil }
    if let limit = expected.limit {
      let names = limit.variables.filter { bindings[$0] == nil && $0 != expected.size.variableName }
      if !names.isEmpty { return false }
    }
    if unknown.isEmpty {
      let known = Axis(expected.size.substituting(bindings), limit: expected.limit?.substituting(bindings))
      compare(known, got, at: index)
      if let name = expected.size.variableName { result.varying[name] = got.limit }
      return true
    }
    guard unknown.count == 1, let name = unknown.first, let linear = expected.size.linear(in: name) else {
      return false
    }
    if expected.size.variableName == name {
      bindings[name] = got.size
      result.varying[name] = got.limit
      if let limit = expected.limit { checkLimit(limit.substituting(bindings), got, at: index) }
      return true
    }
    let words = expected.size
    if got.isVarying {
      fail(.varying(index, expected: words, got: got), .refuted, at: index)
      return true
    }
    let scale = linear.coefficient.substituting(bindings)
    let difference = got.size - linear.rest.substituting(bindings)
    let (value, debt) = difference.divided(by: scale.constant.map { $0 < 0 } == true ? -scale : scale)
    let solution = scale.constant.map { $0 < 0 } == true ? -value : value
    bindings[name] = solution
    if solution.isInvalid { fail(.axis(index, expected: words, got: got.size), .refuted, at: index) }
    for fact in [debt, .atLeast(solution, 1)].compactMap({ $0 }) {
      switch facts.prove(fact) {
      case .proven: break
      case .refuted: fail(.axis(index, expected: words, got: got.size), .refuted, at: index)
      case .unknown: if !result.owes.contains(fact) { result.owes.append(fact) }
      }
    }
    return true
  }

  /// Compares axes without unknowns.
  mutating func compare(_ expected: Axis, _ got: Axis, at index: Int) {
    if let limit = expected.limit { checkLimit(limit, got, at: index) }
    if expected.size == got.size { return }
    if got.isVarying && !expected.isVarying && expected.size.constant != nil {
      return fail(.varying(index, expected: expected.size, got: got), .refuted, at: index)
    }
    let verdict = facts.prove(.equal(expected.size, got.size))
    if verdict != .proven { fail(.axis(index, expected: expected.size, got: got.size), verdict, at: index) }
  }

  private mutating func checkLimit(_ limit: Dimension, _ got: Axis, at index: Int) {
    let length = got.limit ?? got.size
    let verdict = facts.prove(.atLeast(limit, length))
    if verdict != .proven { fail(.limit(index, expected: limit, got: length), verdict, at: index) }
  }
}
