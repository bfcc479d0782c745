import Foundation
import Testing

/// What an example is worth does not depend on how long the longest may be: padding takes no part in anything.
@Suite struct VaryingLengthTests {
  private static let texts = ["aa bb cc", "bb aa", "aa", "cc bb", "bb", "cc cc", "aa cc bb", "bb cc", "aa", "cc aa"]

  /// Predictions for the last five texts, by column, and what the run printed of them.
  private func outcome(bound: Int, block: Int) throws -> (columns: [String: [Double]], test: Substring) {
    let (models, train) = Self.blocks[block]
    let scratch = try Scratch()
    _ = try scratch.write("texts.csv", (["s"] + Self.texts).joined(separator: "\n") + "\n")
    let file = try scratch.write(
      "texts.nnet",
      """
      data Texts from csv("texts.csv") { // allow: duplicate_rows
        let t: token(4)[T <= \(bound)] = s -> tokenize(words: 4)
        split: chronological(train: 50%, test: 50%)
      }
      /// Attention pooling.
      layer Pool(x: [T, D]) -> [D] {
        softmax(mean(x, over: features)) @ x
      }
      layer Moved(x: [T, D], by: Int) -> [T, D] { x -> shift(by) }
      layer Scaled(x: [T, D]) -> [T, D] { x / sqrt(T * D) }
      layer Given(x: [T, D], f: Layer) -> [T, D] { x -> f }
      layer Share(x: [D]) -> [D] { x -> softmax }
      layer Total(x: [T, D]) -> [D] { sum(x, over: time) / T }
      layer Weigh(x: [T, D]) -> [D] {
        weight k: [T] = ones
        k @ x
      }
      layer Windowed(x: [T, D]) -> [T, 3] {
        x -> conv(3, kernel: 2, padding: same) -> relu -> conv(3, kernel: 3, padding: 1) -> conv(3, kernel: 1)
      }
      model Wide(e: [T <= \(bound), 4]) -> [T, 3] { e -> Windowed -> depthwise_conv(kernel: 2, padding: same) }
      model Windows(e: [T <= \(bound), 4]) -> [T, 2] {
        e -> conv(4, kernel: 3, padding: same, dilation: 2) -> tanh -> conv(2, kernel: 4, padding: same)
      }
      model Weighed(e: [T <= \(bound), 4]) -> [4] { e -> Weigh }
      model Embed(t: token(4)[T <= \(bound)]) -> [T, 4] { t -> one_hot -> dense(4) }
      model Judge(e: [T <= \(bound), 4]) -> scalar { e -> mean(over: time) -> dense(1) -> squeeze }
      model Count(t: token(4)[S <= \(bound)]) -> (words: scalar, twice: scalar, root: scalar, ones: scalar) {
        let o: [S] = ones
        (words: S * mean(o), twice: sum(o) + S - 1 + 0 * sum(t -> embed(1)), root: sqrt(S), ones: sum(o))
      }
      train \(models) on Texts {
      \(train)
        optimizer: sgd(rate: 0) // allow: unusual_rate
        epochs: 1
      }

      """)
    let run = nnc("run", file, "--out", scratch.path + "/run", "--threads", "1")
    try #require(run.code == 0, "\(run.errors)")
    let lines = try String(contentsOfFile: scratch.path + "/run/predictions.csv", encoding: .utf8).split(
      separator: "\n")
    var columns: [String: [Double]] = [:]
    for (index, name) in lines[0].split(separator: ",").enumerated() {
      columns[String(name)] = lines.dropFirst().compactMap {
        Double($0.split(separator: ",", omittingEmptySubsequences: false)[index])
      }
    }
    return (columns, run.output.split(separator: "\n").first { $0.hasPrefix("test") } ?? "")
  }

  private static let blocks = [
    (
      "Embed, Judge",
      """
      let h = Embed(t)
      let v: [4] = [1, 2, 3, 4]
      let q = h @ v
      let r = sum(h * v, over: channels)
      loss: square(mean(q)) + square(Judge(h))
      metrics: [mean_absolute_error(q, 0 * q)]
      outputs: (product: mean(exp(q)), same: mean(exp(r)), last: last(q), top: max(q -> softmax),
                log: mean(q -> log_softmax), parts: sum(q -> softmax), moved: mean(q -> shift), later: norm(h -> Moved(by: 2)), beyond: norm(h -> Moved(by: 20)),
                scaled: norm(h -> Scaled), given: norm(h -> Given(f: relu)), begun: norm(Embed(t -> shift(2))))
      """
    ),
    (
      "Embed, Judge, Count, Weighed",
      """
      let h = Embed(t)
      loss: mean_squared_error(Judge(h), Count(t).twice) + sum(Weighed(h))
      outputs: (pool: h -> Pool, share: max(sum(h, over: channels) -> Share), total: h -> Total, weighed: Weighed(h),
                count: Count(t), dot: mean(h, over: channels) @ sum(h, over: channels))
      """
    ),
    (
      "Judge",
      """
      let p = 1.0 * (t -> one_hot)
      let s = Judge(p)
      let g = gradient(s, by: p)
      loss: square(s) + square(norm(g) - 1)
      outputs: (s: s, sum: sum(g), mean: mean(g), biggest: max(g), length: norm(g))
      """
    ),
    (
      "Embed, Windows, Wide",
      """
      let h = Embed(t)
      let w = Windows(h)
      let g = gradient(sum(w), by: h)
      loss: sum(w) + square(norm(g)) + sum(Wide(h))
      metrics: [mean_absolute_error(w, 0 * w)]
      outputs: (sum: sum(w), last: last(w), top: max(w, over: time), joined: norm(concat(h, w)), slope: norm(g), end: last(g),
                wide: norm(Wide(h)))
      """
    ),
  ]

  @Test(arguments: [0, 1, 2, 3]) func theBoundOfALengthChangesNothing(block: Int) throws {
    let tight = try outcome(bound: 3, block: block)
    let loose = try outcome(bound: 9, block: block)
    #expect(tight.test == loose.test && !tight.test.isEmpty)
    #expect(tight.columns.keys.sorted() == loose.columns.keys.sorted() && tight.columns.count >= 5)
    for (name, values) in tight.columns {
      let others = try #require(loose.columns[name])
      #expect(values.count == 5 && others.count == 5, "\(name)")
      for (a, b) in zip(values, others) {
        #expect(abs(a - b) <= 2e-6 * max(1, abs(a)), "\(name): \(a) and \(b)")
      }
    }
  }

  /// A length as a number counts the words of the text; sums over a softmax are 1.
  @Test func aLengthAsANumberIsTheExamplesOwn() throws {
    let counts = Self.texts.suffix(5).map { Double($0.split(separator: " ").count) }
    let second = try outcome(bound: 9, block: 1).columns
    #expect(second["count.words"] == counts)
    #expect(second["count.ones"] == counts)
    #expect(second["count.twice"] == counts.map { 2 * $0 - 1 })
    for (root, count) in zip(try #require(second["count.root"]), counts) { #expect(abs(root * root - count) < 1e-5) }
    for sum in try #require(try outcome(bound: 9, block: 0).columns["parts"]) {
      #expect(abs(sum - 1) < 1e-6)
    }
  }
}
