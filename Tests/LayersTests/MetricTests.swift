import Declarations
import Foundation
import Layers
import Tensors
import Testing

/// Metrics over passes of several batches against values counted by hand or by a plain loop.
struct MetricTests {
  private func metric(_ name: String) throws -> MetricDeclaration { try #require(Catalog.metric[name]) }

  private func scalar(_ result: MetricResult) throws -> Double {
    guard case .scalar(let value) = result else {
      Issue.record("not a scalar")
      return .nan
    }
    return value
  }

  /// Scores whose greatest is at the wanted class.
  private func scores(_ decided: [Int], classes: Int) -> [Double] {
    decided.flatMap { winner in (0..<classes).map { $0 == winner ? 2.0 : -Double($0) } }
  }

  private let actual: [Double] = [0, 0, 0, 1, 1, 2, 2, 2, 2, 2]
  private let decided = [0, 0, 1, 1, 2, 2, 2, 2, 0, 2]

  private func ofClasses(_ name: String, _ given: [String: SettingValue] = [:], classes: Int = 3) throws -> Double {
    try scalar(
      evaluate(
        metric(name), [.numbers([classes]), .classes(classes, [])], [scores(decided, classes: classes), actual],
        settings: given, batches: [4, 4, 2]))
  }

  private func expectClose(_ a: Double, _ b: Double) { #expect(abs(a - b) < 1e-9, "\(a) is not \(b)") }

  @Test func accuracy() throws { expectClose(try ofClasses("accuracy"), 0.7) }

  // Right: 2, 1, 4; decided: 3, 2, 5; actual: 3, 2, 5.
  @Test func averages() throws {
    expectClose(try ofClasses("precision"), (2.0 / 3 + 1.0 / 2 + 4.0 / 5) / 3)
    expectClose(try ofClasses("recall"), (2.0 / 3 + 1.0 / 2 + 4.0 / 5) / 3)
    expectClose(try ofClasses("f1"), (2.0 / 3 + 1.0 / 2 + 4.0 / 5) / 3)
    expectClose(try ofClasses("f1", ["average": .word("micro")]), 0.7)
    expectClose(try ofClasses("f1", ["average": .word("weighted")]), (2.0 / 3 * 3 + 0.5 * 2 + 0.8 * 5) / 10)
    // A fourth class that neither occurs nor is decided leaves macro as it is.
    expectClose(try ofClasses("f1", classes: 4), (2.0 / 3 + 1.0 / 2 + 4.0 / 5) / 3)
  }

  @Test func confusion() throws {
    let result = try evaluate(
      metric("confusion"), [.numbers([3]), .classes(3, [])], [scores(decided, classes: 3), actual], batches: [10])
    #expect(result == .matrix(rows: 3, columns: 3, [2, 1, 0, 0, 1, 1, 1, 0, 4]))
  }

  @Test func oneLogitForTruthValues() throws {
    let logits = [2.0, -1, 0.5, -3, 0, 4]
    let truths: [Double] = [1, 1, 0, 0, 1, 1]
    for target in [TensorType.truths([]), .classes(2, [])] {
      let value = { (name: String, given: [String: SettingValue]) in
        try scalar(
          evaluate(metric(name), [.numbers([]), target], [logits, truths], settings: given, batches: [3, 3]))
      }
      // Decided true: 0, 2, 5; a logit of 0 decides false.
      expectClose(try value("accuracy", [:]), 3.0 / 6)
      expectClose(try value("precision", [:]), 2.0 / 3)
      expectClose(try value("recall", [:]), 2.0 / 4)
      expectClose(try value("f1", [:]), 4.0 / 7)
      expectClose(try value("f1", ["average": .word("macro")]), (4.0 / 7 + 2.0 / 5) / 2)
    }
    let matrix = try evaluate(
      metric("confusion"), [.numbers([]), .truths([])], [logits, truths], batches: [6])
    #expect(matrix == .matrix(rows: 2, columns: 2, [1, 1, 2, 2]))
  }

  @Test func positionsCountAlike() throws {
    // Two examples of five positions give what ten examples give.
    let value = try scalar(
      evaluate(
        metric("f1"), [.numbers([5, 3]), .classes(3, [5])], [scores(decided, classes: 3), actual], batches: [1, 1]))
    expectClose(value, try ofClasses("f1"))
    let share = try scalar(
      evaluate(
        metric("accuracy"), [.numbers([5, 3]), .classes(3, [5])], [scores(decided, classes: 3), actual], batches: [2]))
    expectClose(share, 0.7)
  }

  /// Two examples, of one position and of three: what counts is the four positions, not the two means.
  private let lengths: (length: Int, values: [Double]) = (3, [1, 0, 0, 1, 1, 1])

  @Test func sharesCountPositionsWhereLengthsDiffer() throws {
    // Right: the one of the first example, one of three of the second. Padding is decided rightly, and does not count.
    let (decided, truth) = ([1, 0, 0, 2, 0, 0], [1.0, 0, 0, 2, 1, 1])
    let types = [TensorType.numbers([3, 3]), .classes(3, [3])]
    for batches in [[2], [1, 1]] {
      let share = { (name: String, given: [String: SettingValue]) in
        try scalar(
          evaluate(
            metric(name), types, [scores(decided, classes: 3), truth], settings: given, mask: lengths,
            batches: batches))
      }
      expectClose(try share("accuracy", [:]), 2.0 / 4)
      expectClose(try share("top_k_accuracy", ["k": .integer(1)]), 2.0 / 4)
      // Micro f1 is the share of right decisions.
      expectClose(try share("f1", ["average": .word("micro")]), 2.0 / 4)
    }
  }

  @Test func confusionCountsPositionsWhereLengthsDiffer() throws {
    // Real are the first position of the first example and all of the second; padding would count as 0 for 0.
    let (decided, truth) = ([1, 0, 0, 2, 0, 0], [1.0, 0, 0, 2, 1, 1])
    for batches in [[2], [1, 1]] {
      let classes = try evaluate(
        metric("confusion"), [.numbers([3, 3]), .classes(3, [3])], [scores(decided, classes: 3), truth],
        mask: lengths, batches: batches)
      #expect(classes == .matrix(rows: 3, columns: 3, [0, 0, 0, 2, 1, 0, 0, 0, 1]))
      // One logit for each truth value; decided are true, then true, false, false.
      let truths = try evaluate(
        metric("confusion"), [.numbers([3]), .truths([3])], [[2, -1, -1, 3, -2, -1], [1, 0, 0, 0, 1, 0]],
        mask: lengths, batches: batches)
      #expect(truths == .matrix(rows: 2, columns: 2, [1, 1, 1, 1]))
    }
  }

  @Test func perplexityCountsPositionsWhereLengthsDiffer() throws {
    // Logits ln 3 and 0: −log softmax is ln(4/3) for class 0 and ln 4 for class 1.
    let logits: [Double] = (0..<12).map { $0 % 2 == 0 ? log(3.0) : 0 }
    let value = try scalar(
      evaluate(
        metric("perplexity"), [.numbers([3, 2]), .classes(2, [3])], [logits, [0, 1, 1, 0, 1, 1]], mask: lengths,
        batches: [1, 1]))
    // Two positions of class 0 and two of class 1.
    expectClose(value, (4.0 / 3 * 4 * 4.0 / 3 * 4).squareRoot().squareRoot())
  }

  @Test func errorsCountPositionsWhereLengthsDiffer() throws {
    let (prediction, target) = ([3.0, 9, 9, 1, 2, 2], [0.0, 0, 0, 0, 0, 1])
    let value = { (name: String) in
      try scalar(
        evaluate(metric(name), [.numbers([3]), .numbers([3])], [prediction, target], mask: lengths, batches: [2]))
    }
    // Errors 3 · 1 2 1.
    expectClose(try value("mean_squared_error"), 15.0 / 4)
    expectClose(try value("root_mean_squared_error"), (15.0 / 4).squareRoot())
    expectClose(try value("mean_absolute_error"), 7.0 / 4)
    // Two numbers at each position.
    let wide = TensorType.numbers([3, 2])
    let twice: [Double] = (0..<12).map { $0 % 2 == 0 ? prediction[$0 / 2] : 0 }
    let zeros = [Double](repeating: 0, count: 12)
    expectClose(
      try scalar(evaluate(metric("mean_absolute_error"), [wide, wide], [twice, zeros], mask: lengths, batches: [2])),
      8.0 / 8)
  }

  @Test func exactMatchesHaveNoWrongPosition() throws {
    let (types, truth) = ([TensorType.numbers([3, 4]), .classes(4, [3])], [1.0, 2, 3, 0, 0, 1])
    let value = { (decided: [Int], mask: [Double]?) in
      try scalar(
        evaluate(
          metric("exact_match"), types, [scores(decided, classes: 4), truth], mask: mask.map { (3, $0) },
          batches: [1, 1]))
    }
    expectClose(try value([1, 2, 3, 0, 0, 1], nil), 1)
    expectClose(try value([1, 2, 3, 0, 0, 2], nil), 0.5)
    expectClose(try value([0, 2, 3, 1, 1, 2], nil), 0)
    // What is wrong at padding does not count.
    expectClose(try value([1, 2, 3, 0, 0, 2], [1, 1, 1, 1, 1, 0]), 1)
    expectClose(try value([1, 0, 3, 0, 0, 2], [1, 1, 1, 1, 1, 0]), 0.5)
  }

  @Test func topK() throws {
    let logits: [Double] = [4, 3, 2, 1, 1, 2, 3, 4]
    for (k, expected) in [(1, 0.0), (2, 0.5), (3, 1.0)] {
      let value = try scalar(
        evaluate(
          metric("top_k_accuracy"), [.numbers([4]), .classes(4, [])], [logits, [1, 1]],
          settings: ["k": .integer(Dimension(k))], batches: [2]))
      expectClose(value, expected)
    }
    // Scores that are no numbers are above nothing.
    let broken = try scalar(
      evaluate(
        metric("top_k_accuracy"), [.numbers([4]), .classes(4, [])],
        [[.nan, .nan, .nan, .nan, 1, 4, .nan, 3], [1, 1]], settings: ["k": .integer(2)], batches: [2]))
    expectClose(broken, 0.5)
  }

  @Test func perplexityOfUniformLogitsIsTheNumberOfTokens() throws {
    let value = try scalar(
      evaluate(
        metric("perplexity"), [.numbers([2, 7]), .classes(7, [2])], [Array(repeating: 0.5, count: 28), [0, 6, 3, 2]],
        batches: [1, 1]))
    expectClose(value, 7)
  }

  @Test func errors() throws {
    let prediction = [1.0, 2, 3, 4]
    let target = [2.0, 2, 5, 0]
    let value = { (name: String) in
      try scalar(
        evaluate(metric(name), [.numbers([]), .numbers([])], [prediction, target], batches: [3, 1]))
    }
    expectClose(try value("mean_squared_error"), 21.0 / 4)
    expectClose(try value("root_mean_squared_error"), (21.0 / 4).squareRoot())
    expectClose(try value("mean_absolute_error"), 7.0 / 4)
    // Mean 2.25; squared distances 0.0625 · 2 + 7.5625 + 5.0625.
    expectClose(try value("r2"), 1 - 21 / 12.75)
  }

  @Test func r2OfSeveralOutputsAndOfConstants() throws {
    // First output explained fully, second not at all (the mean is predicted).
    let target = [1.0, 10, 2, 20, 3, 30]
    let prediction = [1.0, 20, 2, 20, 3, 20]
    let r2 = try metric("r2")
    let two = TensorType.numbers([2])
    expectClose(try scalar(evaluate(r2, [two, two], [prediction, target], batches: [2, 1])), 0.5)
    let one = TensorType.numbers([])
    expectClose(try scalar(evaluate(r2, [one, one], [[4, 4], [4, 4]], batches: [1, 1])), 1)
    expectClose(try scalar(evaluate(r2, [one, one], [[4, 5], [4, 4]], batches: [1, 1])), 0)
  }

  @Test func r2DoesNotDependOnBatches() throws {
    var random = PhiloxSequence(seed: 1, path: "r2")
    let target = (0..<60).map { _ in 2_000 + 10 * random.unit() }
    let prediction = target.map { $0 + random.unit() - 0.5 }
    let mean = target.reduce(0, +) / 60
    let residual = zip(target, prediction).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let expected = 1 - residual / target.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let one = TensorType.numbers([])
    for batches in [[60], [32, 28], Array(repeating: 1, count: 60)] {
      let value = try scalar(evaluate(metric("r2"), [one, one], [prediction, target], batches: batches))
      #expect(abs(value - expected) < 1e-6)
    }
  }

  @Test func directionsAreDeclared() {
    #expect(Catalog.metrics.allSatisfy { ($0.higherIsBetter == nil) == ($0.name == "confusion") })
    #expect(Catalog.metric["accuracy"]?.higherIsBetter == true && Catalog.metric["accuracy"]?.isPercentage == true)
    #expect(Catalog.metric["perplexity"]?.higherIsBetter == false)
  }
}
